// Turns what a store's platform throws into the refusal `UNAVAILABLE`, for a whole store at once. A row that cannot be read stays a bug.
import { ZodError } from 'zod'
import { SecretKeysError } from '../history/secret-keys.ts'
import { ApiError } from './errors.ts'

/** The same store; every method's rejection becomes an `ApiError`. `what`: as a sentence begins. */
export function guardStore<Store extends object>(store: Store, what = 'The database'): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(member, target, args)
        } catch (cause) {
          if (isDamagedRow(cause)) throw cause
          // Says how to set the keys, which a store of secrets cannot do without.
          if (cause instanceof SecretKeysError) throw new ApiError('UNAVAILABLE', cause.message)
          throw new ApiError('UNAVAILABLE', `${what} does not answer just now. Try again.`, { cause })
        }
      }
    },
  })
}

const isDamagedRow = (cause: unknown): boolean => cause instanceof ZodError || cause instanceof SyntaxError

// Turns what D1 throws into the refusal `UNAVAILABLE`, for a whole store at once. A row that cannot be read stays a bug.
import { ZodError } from 'zod'
import { ApiError } from './errors.ts'

/** The same store; every method's rejection becomes an `ApiError`. */
export function guardStore<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(member, target, args)
        } catch (cause) {
          throw isDamagedRow(cause)
            ? cause
            : new ApiError('UNAVAILABLE', 'The database does not answer just now. Try again.', { cause })
        }
      }
    },
  })
}

const isDamagedRow = (cause: unknown): boolean => cause instanceof ZodError || cause instanceof SyntaxError

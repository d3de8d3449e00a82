// From a JSON Web Token to who has it, by the key set of the deployment's identity provider. Only algorithms with a public key:
// none has no proof, and with HMAC whoever knows the public key could sign.
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Settings } from '../../env.ts'
import { ApiError } from '../errors.ts'
import { ADMIN_USER, type Identity, SCOPES, type Scope, TIERS } from '../identity.ts'
import {
  KEY_SET_COOLDOWN_MS,
  KEY_SET_MAX_AGE_MS,
  KEY_SET_TIMEOUT_MS,
  MAX_TOKEN_LENGTH,
  MAX_USER_LENGTH,
  TOKEN_CLOCK_TOLERANCE_SECONDS,
} from '../limits.ts'
import { communityIdSchema } from '../schema.ts'

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA']

/** In this order: the first that the token has, as text, is the user. */
const USER_CLAIMS = ['email', 'sub', 'user_id', 'preferred_username', 'name'] as const

/** @throws ApiError 401 where it is no good token, 503 where its key cannot be had */
export type VerifyToken = (token: string) => Promise<Identity>

/** Three parts of base64url: what a bearer brings that is no key. */
export const isToken = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)

export interface TokenDeps {
  readonly settings: Settings
  clock(): number
  readonly fetch: typeof fetch
}

export function createTokenVerifier({ settings, clock, fetch }: TokenDeps): VerifyToken {
  const { JWT_JWKS_URL: url, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = settings
  if (!url) return () => Promise.reject(refused('This deployment takes no tokens, only keys'))
  if (!issuer || !audience)
    return () =>
      Promise.reject(refused('This deployment takes no tokens: JWT_JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE with it'))
  const keySet = openKeySet(url, fetch)
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw refused(`The token is longer than ${MAX_TOKEN_LENGTH} characters`)
    if (keySet === null) throw new ApiError('UNAVAILABLE', 'The setting JWT_JWKS_URL of this deployment must be an https address')
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
      clockTolerance: TOKEN_CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(clock()),
    }
    const { payload } = await jwtVerify(token, keySet, options).catch((error: unknown) => {
      throw refusalOf(error)
    })
    return identityOf(payload, settings)
  }
}

/** Null where the address would let anyone on the way answer. */
function openKeySet(text: string, fetch: TokenDeps['fetch']): JWTVerifyGetKey | null {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url === null || (url.protocol !== 'https:' && !isLocal)) return null
  return createRemoteJWKSet(url, {
    cacheMaxAge: KEY_SET_MAX_AGE_MS,
    cooldownDuration: KEY_SET_COOLDOWN_MS,
    timeoutDuration: KEY_SET_TIMEOUT_MS,
    [customFetch]: (address, init) => fetch(address, init),
  })
}

const refused = (message: string, cause?: unknown): ApiError => new ApiError('UNAUTHORIZED', message, { cause })

/** What is wrong with a token is the caller's; what keeps its key from being had is not. */
function refusalOf(cause: unknown): ApiError {
  if (cause instanceof errors.JWTExpired) return refused('The token has expired', cause)
  if (cause instanceof errors.JWTClaimValidationFailed)
    return refused(`The claim ${cause.claim} of the token is not as it has to be`, cause)
  if (cause instanceof errors.JOSEAlgNotAllowed) return refused(`The token must be signed with ${ALGORITHMS.join(', ')}`, cause)
  if (TOKEN_FAULTS.some((fault) => cause instanceof fault)) return refused('This token is not valid', cause)
  return new ApiError('UNAVAILABLE', 'The key set that tokens are held against cannot be had just now. Try again.', { cause })
}

const TOKEN_FAULTS = [
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSENotSupported,
]

function identityOf(payload: JWTPayload, settings: Settings): Identity {
  const user = userOf(payload)
  if (user === null) throw refused(`The token names no user: none of ${USER_CLAIMS.join(', ')} is text`)
  // It could be anyone's display name.
  if (user === ADMIN_USER) throw refused(`The user ${ADMIN_USER} is the operator, who has a key`)
  const communityClaim = settings.JWT_COMMUNITY_CLAIM || 'community_id'
  const { data: communityId } = communityIdSchema.safeParse(claimAt(payload, communityClaim))
  if (communityId === undefined)
    throw refused(`The token names no community: the claim ${communityClaim} must be text of one line or a whole number`)
  const tier = TIERS.find((word) => word === claimAt(payload, settings.JWT_TIER_CLAIM || 'tier')) ?? 'standard'
  const scopes = scopesOf(claimAt(payload, settings.JWT_SCOPES_CLAIM || 'scope'))
  return { communityId, user, keyId: null, scopes, tier, isAdmin: false }
}

function userOf(payload: JWTPayload): string | null {
  for (const claim of USER_CLAIMS) {
    const value = payload[claim]
    // An address that its provider says nobody has confirmed may be anybody's.
    const isUnproved = claim === 'email' && payload.email_verified === false
    if (typeof value === 'string' && isUser(value) && !isUnproved) return value
  }
  return null
}

/** Half a character would be stored as another one, which may be in somebody else's name. */
const isUser = (text: string): boolean => text !== '' && text.length <= MAX_USER_LENGTH && text.isWellFormed()

/** Words apart, or a list. Others' words are none of ours, and grant nothing. */
function scopesOf(value: unknown): readonly Scope[] {
  const words: readonly unknown[] = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? value : []
  return SCOPES.filter((scope) => words.includes(scope))
}

/** The claim of this name, which may look like a path (`https://…`); else the one at this path (`realm_access.roles`). */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

// What a secret may be called: as an expression writes it, `secrets.api_key` or `secrets["api-key"]`, and as its URL does.

export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

/** The rule, as messages say it. */
export const SECRET_NAME_RULE = 'a letter or _, then letters, digits, _ and -, at most 64 characters'

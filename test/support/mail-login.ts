// What the mail servers of the tests know their user by; apart from them, for tests inside workerd.
export const MAIL_USER = 'orders@example.com'
/** In need of encoding, like those of people. */
export const MAIL_PASSWORD = 'p@ss/wörd 1'

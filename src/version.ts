// Millrace's own version, as `User-Agent`, the API and the documentation name it.
import manifest from '../package.json' with { type: 'json' }

export const VERSION = manifest.version

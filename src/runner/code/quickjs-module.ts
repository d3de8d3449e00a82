// QuickJS, compiled. Workers take WebAssembly only as a module that is imported; plain Node cannot, so no one else imports this file.
import module from './quickjs.wasm'

export const quickjsModule: WebAssembly.Module = module

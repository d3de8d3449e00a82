// Brings `node_modules` up to date, then runs the script it is given with the Node that the project installs for itself:
// `node scripts/install.mjs [script [arguments]]`. Started by every npm script, with whatever Node the shell has (20 is
// enough) and with nothing installed: it must not import a dependency.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// `import.meta.dirname` is younger (20.11) than the Node this must run with.
const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const BIN = path.join(ROOT, 'node_modules', '.bin')
const NODE = path.join(BIN, 'node')
const NODE_VERSION = /^v24\./
const LOOK_AGAIN_MS = 250

const readPackages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages

/** Compares the lock file with npm's own record of what it installed; packages for other platforms are optional. */
function isInstalled() {
  const record = path.join(ROOT, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readPackages(record)
  return Object.entries(readPackages(path.join(ROOT, 'package-lock.json'))).every(
    ([place, { version, optional }]) => place === '' || (installed[place]?.version ?? (optional ? version : null)) === version,
  )
}

function install() {
  process.stderr.write('Installing dependencies (once) …\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new InstallError('npm ci failed; its message is above. A first start needs the npm registry.')
}

/** Two starts at once must not install over each other: the second waits. */
function installAlone() {
  const lock = path.join(tmpdir(), `millrace-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`)
  while (!takeLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS)
  try {
    if (!isInstalled()) install()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** False while another living process holds the lock. */
function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isHeld(lock)) rmSync(lock, { force: true })
    return false
  }
}

function isHeld(lock) {
  try {
    return process.kill(Number(readFileSync(lock, 'utf8')), 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function checkNode() {
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' })
  if (NODE_VERSION.test(stdout ?? '')) return
  throw new InstallError(
    `${path.relative(ROOT, NODE)} is not Node 24. The package "node" brings it by its install script, which npm may have been told ` +
      'not to run: try `npm rebuild node --ignore-scripts=false`, or delete node_modules and start again.',
  )
}

/**
 * Signals are passed on, its end is ours. A signal to npm ends the shell between npm and us, which passes nothing on: an npm
 * script therefore also ends when its parent does.
 */
function run(script, args) {
  const env = { ...process.env, PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}` }
  const child = spawn(NODE, [script, ...args], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const parent = process.ppid
  if (process.env.npm_lifecycle_event !== undefined)
    setInterval(() => process.ppid === parent || child.kill('SIGTERM'), LOOK_AGAIN_MS).unref()
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}

class InstallError extends Error {}

function main([script, ...args]) {
  if (!isInstalled()) installAlone()
  checkNode()
  if (script !== undefined) run(path.resolve(ROOT, script), args)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof InstallError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

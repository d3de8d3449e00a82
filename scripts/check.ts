// `npm run check`: formatting and lint, generated types, types, dead code. All of them run, also after one has failed.
import { spawnSync } from 'node:child_process'
import { devNull } from 'node:os'
import path from 'node:path'
import { ROOT, wranglerFailure } from './wrangler.ts'

/** With their output on ours; they are silent or brief where all is well. */
const tools: readonly (readonly [string, ...string[]])[] = [
  ['biome', 'ci', '--error-on-warnings', '--log-level=warn', process.stdout.isTTY ? '--colors=force' : '--colors=off', '.'],
  ['tsc', '--noEmit'],
  ['knip', '--no-progress', '--treat-config-hints-as-errors'],
]

function passes([tool, ...args]: readonly [string, ...string[]]): boolean {
  const file = path.join(ROOT, 'node_modules', '.bin', tool)
  return spawnSync(file, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

/** Names of a local `.dev.vars` must not get into the generated file: an empty env file takes its place. */
function generatedTypesAreFresh(): boolean {
  const failure = wranglerFailure(['types', '--check', '--env-file', devNull])
  if (failure !== null) process.stderr.write(`${failure}\nGenerate them: npm run types\n`)
  return failure === null
}

const failures = [...tools.map(passes), generatedTypesAreFresh()].filter((passed) => !passed)
process.exitCode = failures.length === 0 ? 0 : 1

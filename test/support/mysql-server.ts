// A MariaDB server for tests, of its own data directory and port, where its program is installed (Debian: mariadb-server). There is no
// MySQL server on npm: without the program these tests are skipped, which `announce-mysql.ts` says aloud.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { TestDatabase } from './postgres-server.ts'

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']

function findProgram(name: string): string | undefined {
  return FOLDERS.map((folder) => path.join(folder, name)).find((file) => existsSync(file))
}

const mariadbd = findProgram('mariadbd')
const installDb = findProgram('mariadb-install-db')

export const hasMysql = mariadbd !== undefined && installDb !== undefined

export const MYSQL_PASSWORD = 'pw-of-ada'

export async function startMysql(): Promise<TestDatabase> {
  if (mariadbd === undefined || installDb === undefined) throw new Error('MariaDB is not installed')
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-mariadb-'))
  const port = await freePort()
  // Started by root it wants to hear that root is meant.
  const common = ['--no-defaults', `--datadir=${folder}/data`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])]
  await promisify(execFile)(installDb, [...common, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const users = [
    `create database shop character set utf8mb4`,
    `create user ada@'127.0.0.1' identified by '${MYSQL_PASSWORD}'`,
    `grant all on *.* to ada@'127.0.0.1'`,
  ]
  await writeFile(`${folder}/users.sql`, users.map((statement) => `${statement};\n`).join(''))
  const server = spawn(mariadbd, [
    ...common,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    `--port=${port}`,
    `--socket=${folder}/socket`,
    `--pid-file=${folder}/pid`,
    `--init-file=${folder}/users.sql`,
  ])
  await ready(server)
  return {
    url: `mysql://ada:${MYSQL_PASSWORD}@127.0.0.1:${port}/shop?ssl=false`,
    async close() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server says that it listens; what it said is the error where it ends before. */
function ready(server: ChildProcess): Promise<void> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`MariaDB did not start:\n${said.join('\n')}`)))
    if (server.stderr === null) return
    createInterface(server.stderr).on('line', (line) => {
      said.push(line)
      if (line.includes('ready for connections')) resolve()
    })
  })
}

/** Free a moment ago: MariaDB does not tell the port that it has chosen itself. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

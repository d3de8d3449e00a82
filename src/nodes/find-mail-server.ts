// Which mail server a node's connection means: resolves the secret, reads the URL that it holds, and asks whether the host may be
// reached. It connects to nothing.
import { AttemptError } from '../core/attempt-error.ts'
import { nodeError } from '../core/node-error.ts'
import type { AttemptContext } from '../core/node-type.ts'
import { parseSmtpUrl, type SmtpServer } from './smtp-url.ts'

/** @param connection name of a secret; absent: the deployment's server. @throws AttemptError */
export async function findMailServer(connection: string | undefined, context: AttemptContext): Promise<SmtpServer> {
  const server =
    connection === undefined
      ? deploymentServer(context)
      : parseSmtpUrl(await context.secret(connection), `The secret ${connection}`)
  if (server.login !== null) context.conceal(server.login.password)
  await context.assertReachable(server.host, server.port)
  if (server.security === 'none' && !context.mayBePrivate(server.host, server.port)) {
    const message = `Mail goes to ${server.host} over TLS only: tls=off is for hosts that the deployment names in ALLOW_PRIVATE_HOSTS.`
    throw new AttemptError(nodeError('CONFIG_INVALID', message))
  }
  return server
}

function deploymentServer({ mailServer: { url }, conceal }: AttemptContext): SmtpServer {
  if (url !== null) {
    conceal(url)
    return parseSmtpUrl(url, 'SMTP_URL of the deployment')
  }
  const message = "There is no mail server: set SMTP_URL of the deployment, or 'connection' of the node."
  throw new AttemptError(nodeError('SECRET_MISSING', message))
}

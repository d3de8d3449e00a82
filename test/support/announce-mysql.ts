// Global set-up of the pure tests: a skipped test is not to go unnoticed.
import { hasMysql } from './mysql-server.ts'

export default function announceMysql(): void {
  if (!hasMysql)
    console.warn(
      '\nSKIPPED: the tests against MySQL, because MariaDB is not installed (Debian: apt-get install mariadb-server).\n',
    )
}

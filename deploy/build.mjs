import { spawn } from 'node:child_process'
import { exitCodeOf } from './child.mjs'

/**
 * Runs `npm run build`, its output on stderr; throws when it fails.
 *
 * @param {import('./io.mjs').Io} io
 */
export async function build({ root, env, stderr }) {
  stderr.write('Building: npm run build\n')
  const child = spawn('npm', ['run', '--silent', 'build'], {
    cwd: root,
    env,
    stdio: ['ignore', stderr.fd, stderr.fd],
    shell: process.platform === 'win32',
  })
  if ((await exitCodeOf(child)) !== 0)
    throw new Error('npm run build failed; nothing was checked or deployed')
}

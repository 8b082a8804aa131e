import { spawnSync } from 'node:child_process'

/**
 * Runs `npm run build`, its output on stderr; throws when it fails.
 *
 * @param {string} root
 */
export function build(root) {
  console.error('Building: npm run build')
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('npm run build failed; nothing was checked or deployed')
}

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { exitCodeOf } from './child.mjs'

const S = join(dirname(createRequire(import.meta.url).resolve('@serverless-devs/s/package.json')), 'bin', 's')

/**
 * Runs `s` on the terminal with the user's settings and credentials; resolves with its exit code.
 *
 * @param {string[]} args
 * @param {import('./io.mjs').Io} io
 * @returns {Promise<number>}
 */
export function runS(args, { root, env, stdout, stderr }) {
  const child = spawn(process.execPath, [S, ...args], {
    cwd: root,
    env,
    stdio: ['inherit', stdout.fd, stderr.fd],
  })
  return exitCodeOf(child)
}

/**
 * @callback Preview
 * @param {string} root the folder of the template
 * @param {string} template its name in there
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} JSON; rejects with what `s` says when it fails
 */

/**
 * Lets `s preview` fill in a template's variables and merge what it extends, which loads no component. It calls nobody
 * and leaves no trace: its settings are in a folder that is removed afterwards.
 *
 * @type {Preview}
 */
export async function preview(root, template, env) {
  const home = await mkdtemp(join(tmpdir(), 'serverless-devs-'))
  try {
    await writeSettings(join(home, '.s'))
    const args = ['preview', '-t', template, '-o', 'json', '--silent']
    return await capture(args, root, { ...env, serverless_devs_config_home: home })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/**
 * Settings under which `s` starts no process in the background: it reports no failure, and believes that it has just
 * asked npm for a newer version of itself, which it does every 12 hours.
 *
 * @param {string} folder
 */
async function writeSettings(folder) {
  await mkdir(join(folder, 'config'), { recursive: true })
  await writeFile(join(folder, 'set-config.yml'), 'analysis: disable\n')
  const asked = JSON.stringify({ lastUpdateCheck: Date.now() })
  await writeFile(join(folder, 'config', 'update-notifier.json'), asked)
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} what `s` prints
 */
async function capture(args, cwd, env) {
  const child = spawn(process.execPath, [S, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const [printed, exitCode] = await Promise.all([text(child.stdout), exitCodeOf(child)])
  if (exitCode !== 0) throw new Error(`s ${args.join(' ')} failed:\n${messageOf(printed)}`)
  return printed
}

/**
 * The failure message of `s`, without its tips and its log folder, which is gone by then.
 *
 * @param {string} printed
 */
function messageOf(printed) {
  const [, message = printed] = /Error Message:\n([\s\S]*?)(?:\n\n🍼|\n \n|$)/u.exec(printed) ?? []
  return message.trim()
}

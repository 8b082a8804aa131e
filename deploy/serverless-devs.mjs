import { spawn } from 'node:child_process'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const S = join(dirname(createRequire(import.meta.url).resolve('@serverless-devs/s/package.json')), 'bin', 's')

/**
 * Runs `s` on the terminal with the user's settings and credentials; resolves with its exit code.
 *
 * @param {string[]} args
 * @param {string} root the folder of s.yaml
 * @returns {Promise<number>}
 */
export function runHere(args, root) {
  const child = spawn(process.execPath, [S, ...args], { cwd: root, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1))
  })
}

/**
 * Provides an `s` that leaves no trace: its settings are in a folder that is removed afterwards, and its reports about
 * failed runs are off.
 *
 * @template T
 * @param {string} root the folder of s.yaml
 * @param {(s: (...args: string[]) => Promise<string>) => Promise<T>} work gets a function that runs `s` and resolves
 *   with what it printed; it throws what `s` says when `s` fails
 * @returns {Promise<T>}
 */
export async function withOfflineS(root, work) {
  const home = await mkdtemp(join(tmpdir(), 'serverless-devs-'))
  try {
    await mkdir(join(home, '.s'))
    await writeFile(join(home, '.s', 'set-config.yml'), 'analysis: disable\n')
    const env = { ...process.env, serverless_devs_config_home: home }
    return await work((...args) => capture(args, root, env))
  } finally {
    // `s` leaves a child process that still writes its log for a moment.
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }).catch(() => undefined)
  }
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 */
function capture(args, cwd, env) {
  const child = spawn(process.execPath, [S, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.resume()
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      if (code === 0) resolve(out)
      else reject(new Error(`s ${args.join(' ')} failed:\n${messageOf(out)}`))
    })
  })
}

/**
 * The failure message of `s`, without its tips and its log folder, which is gone by then.
 *
 * @param {string} out
 */
function messageOf(out) {
  const [, message = out] = /Error Message:\n([\s\S]*?)(?:\n\n🍼|\n \n|$)/u.exec(out) ?? []
  return message.trim()
}

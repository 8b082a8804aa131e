import { lookup } from 'node:dns/promises'
import { preview } from './serverless-devs.mjs'

/**
 * @typedef {{ write(text: string): unknown, readonly fd: number }} Output Child processes write to its descriptor.
 *
 * @typedef {object} Io What a command may use of the machine.
 * @property {string} root the folder of s.yaml and rotation.yaml
 * @property {NodeJS.ProcessEnv} env
 * @property {Output} stdout
 * @property {Output} stderr
 * @property {import('./serverless-devs.mjs').Preview} preview
 * @property {(hostname: string) => Promise<unknown>} lookup rejects if the name does not resolve
 */

/** @returns {Io} this process and its working folder */
export function processIo() {
  const { env, stdout, stderr } = process
  return { root: process.cwd(), env, stdout, stderr, preview, lookup }
}

// Verifications per second: this library with 1, 2, 3 and 8 keys, with every callback from a different second, and with
// callbacks of one second, which share their digests; bare calls of node:crypto; and common webhook libraries. One process
// and one run, in which the cases take turns; seconds are CPU time, so other load on the machine hardly matters. Needs a
// build.
//
//   node bench/verify.bench.mjs [--json] [--seconds N]
import * as crypto from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { sign, verify as octokitVerify } from '@octokit/webhooks-methods'
import { jwtVerify, SignJWT } from 'jose'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { createVerifier, staticKeyset } from '../dist/esm/receiver/index.js'
import { buildKeyset, callbackHeaders, generateKey } from '../dist/esm/receiver/testing.js'

/** @typedef {boolean | { verdict: string }} Answer */
/** @typedef {(index: number) => Answer | Promise<Answer>} Work */

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '20' } },
})
const ROUNDS = 20
const HOST = 'hooks.example.com'
const BODY = JSON.stringify({
  domain: 'live.example.com',
  app: 'live',
  stream: 'room',
  filler: 'x'.repeat(330),
})
const SECRET = generateKey()
const now = Math.floor(Date.now() / 1000)
/** All different, so that no answer can come from the previous callback. */
const times = Array.from({ length: 256 }, (_, index) => now - index)

/**
 * A case: one call for each of the prepared inputs.
 *
 * @template T
 * @param {T[]} inputs
 * @param {(input: T) => Answer | Promise<Answer>} call
 * @returns {Work}
 */
const each = (inputs, call) => (index) => call(/** @type {T} */ (inputs[index]))

/** A verification of this scheme with `node:crypto`: the same text, hashed and compared. */
function limits() {
  const inputs = times.map((time) => {
    const text = Buffer.from(`${HOST}|${time}|${SECRET}`).toString('latin1')
    const digest = crypto.createHash('md5').update(text).digest()
    return { text, digest, digits: Buffer.from(digest.toString('hex')) }
  })
  const scratch = Buffer.alloc(32)
  /** @type {Record<string, Work>} */
  const found = {
    createHash: each(inputs, ({ text, digest }) =>
      crypto.timingSafeEqual(crypto.createHash('md5').update(text).digest(), digest),
    ),
  }
  if (typeof crypto.hash !== 'function') return found
  return {
    ...found,
    'hash, buffer': each(inputs, ({ text, digest }) =>
      crypto.timingSafeEqual(crypto.hash('md5', text, 'buffer'), digest),
    ),
    'hash, hex': each(inputs, ({ text, digits }) => {
      scratch.write(crypto.hash('md5', text, 'hex'), 'latin1')
      return crypto.timingSafeEqual(scratch, digits)
    }),
  }
}

/** @param {number} count @param {number[]} [seconds] */
function ours(count, seconds = times) {
  const previous = Array.from({ length: count - 1 }, generateKey)
  const keyset = staticKeyset(buildKeyset({ current: SECRET, previous }))
  const callbacks = seconds.map((time) => {
    const headers = callbackHeaders({ host: HOST, key: SECRET, now: time * 1000 })
    return { timestamp: headers['ali-live-timestamp'], signature: headers['ali-live-signature'] }
  })
  return each(callbacks, createVerifier({ keyset, host: HOST }))
}

/** @param {typeof StandardWebhook | typeof SvixWebhook} Webhook @param {string} prefix */
function standard(Webhook, prefix) {
  const webhook = new Webhook(Buffer.from(SECRET).toString('base64'))
  const headers = times.map((time) => ({
    [`${prefix}-id`]: 'msg',
    [`${prefix}-timestamp`]: String(time),
    [`${prefix}-signature`]: webhook.sign('msg', new Date(time * 1000), BODY),
  }))
  return each(headers, (header) => Boolean(webhook.verify(BODY, header)))
}

async function octokit() {
  const bodies = times.map((time) => BODY.replace('room', String(time)))
  const inputs = await Promise.all(
    bodies.map(async (body) => ({ body, signature: await sign(SECRET, body) })),
  )
  return each(inputs, ({ body, signature }) => octokitVerify(SECRET, body, signature))
}

/** The body as a token (HS256). */
async function jose() {
  const secret = crypto.createSecretKey(Buffer.from(SECRET))
  const tokens = await Promise.all(
    times.map((time) => {
      const token = new SignJWT({ body: BODY }).setProtectedHeader({ alg: 'HS256' })
      return token.setIssuedAt(time).sign(secret)
    }),
  )
  return each(tokens, async (token) => Boolean(await jwtVerify(token, secret)))
}

function stripe() {
  const { webhooks } = new Stripe('sk_test_none')
  const headers = times.map((timestamp) =>
    webhooks.generateTestHeaderString({ payload: BODY, secret: SECRET, timestamp }),
  )
  return each(headers, (header) => Boolean(webhooks.constructEvent(BODY, header, SECRET)))
}

/** @param {Answer} answer */
const isAccepted = (answer) => answer === true || (answer !== false && answer.verdict === 'accepted')

/**
 * Runs one case for some time and returns its rate per second. A refusal ends the benchmark.
 *
 * @param {Work} work
 * @param {number} ms
 */
async function rate(work, ms) {
  const started = process.cpuUsage()
  const end = performance.now() + ms
  let count = 0
  while (performance.now() < end) {
    for (let index = 0; index < times.length; index++) {
      const answer = work(index)
      if (!isAccepted(answer instanceof Promise ? await answer : answer)) throw new Error('refused')
    }
    count += times.length
  }
  const { user, system } = process.cpuUsage(started)
  return (count * 1e6) / (user + system)
}

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** @type {Record<string, Work>} */
const cases = {
  ...Object.fromEntries(Object.entries(limits()).map(([name, work]) => [`limit (${name})`, work])),
  'live-key-rotator, 1 key': ours(1),
  'live-key-rotator, 2 keys': ours(2),
  'live-key-rotator, 3 keys': ours(3),
  'live-key-rotator, 8 keys': ours(8),
  'live-key-rotator, 1 second': ours(
    3,
    times.map(() => now),
  ),
  '@octokit/webhooks-methods': await octokit(),
  jose: await jose(),
  stripe: stripe(),
  svix: standard(SvixWebhook, 'svix'),
  standardwebhooks: standard(StandardWebhook, 'webhook'),
}

/** @type {Record<string, number[]>} */
const rates = {}
const slice = (Number(values.seconds) * 1000) / (ROUNDS + 1) / Object.keys(cases).length
for (const work of Object.values(cases)) await rate(work, slice)
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries(cases)) (rates[name] ??= []).push(await rate(work, slice))
}

const results = Object.entries(rates).map(([name, all]) => ({ name, perSecond: Math.round(median(all)) }))
const limit = Math.max(
  ...results.filter(({ name }) => name.startsWith('limit')).map(({ perSecond }) => perSecond),
)
const oneKey = results.find(({ name }) => name.endsWith(', 1 key'))?.perSecond ?? 0
if (values.json) {
  console.log(JSON.stringify({ node: process.version, limit, ofLimit: oneKey / limit, results }, null, 2))
} else {
  console.log(
    `Node ${process.version}, median of ${ROUNDS} rounds; the peers verify a body of ${BODY.length} bytes\n`,
  )
  for (const { name, perSecond } of results) {
    const share = `${((100 * perSecond) / limit).toFixed(0)} %`
    console.log(`${name.padEnd(28)} ${perSecond.toLocaleString('en').padStart(10)} /s ${share.padStart(6)}`)
  }
}

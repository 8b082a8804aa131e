import { ourCode } from './our-code.mjs'

/** @typedef {(payload: string) => string[]} PayloadProblems What is wrong with a timer's payload, one sentence each. */

/**
 * Reads the payload of a timer as the function does, against the groups of rotation.yaml, and refuses what nobody can
 * want at every tick.
 *
 * @param {import('../lib/config/types.ts').RotationConfig | null} config null if rotation.yaml itself is wrong
 * @returns {Promise<PayloadProblems>}
 */
export async function payloadCheck(config) {
  const { parseEvent, hasCode } = await ourCode()
  return (payload) => {
    if (payload.trim() === '') return ['is empty']
    try {
      JSON.parse(payload)
    } catch {
      return ['is not JSON']
    }
    const event = { triggerName: 'timer', triggerTime: '2026-01-01T00:00:00Z', payload }
    /** @type {import('../lib/config/types.ts').RotationRequest} */
    let request
    try {
      request = parseEvent(Buffer.from(JSON.stringify(event)))
    } catch (error) {
      if (hasCode(error, 'usage')) return [`is refused by the function: ${error.message}`]
      throw error
    }
    const { group } = request
    const groups = config?.groups.map(({ name }) => name) ?? []
    const unknown = group !== null && config !== null && !groups.includes(group)
    return [
      ...(unknown ? [`names group "${group}", and rotation.yaml has ${groups.join(', ')}`] : []),
      ...notAtEveryTick(request, Object.hasOwn(Object(JSON.parse(payload)), 'id')),
    ]
  }
}

/**
 * @param {import('../lib/config/types.ts').RotationRequest} request
 * @param {boolean} hasId
 * @returns {string[]}
 */
function notAtEveryTick({ action, emergency, dryRun }, hasId) {
  return [
    ...(emergency ? ['is an emergency, which would distrust every key at every tick'] : []),
    ...(dryRun ? ['is a dry run, which changes nothing'] : []),
    ...(action === 'rollback' ? ['is a rollback, which would undo every rotation'] : []),
    ...(hasId ? ['has an id, with which the timer would rotate once and never again'] : []),
  ]
}

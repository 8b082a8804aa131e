import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import { hasCode, unavailable } from '../../core/errors.ts'
import { jsonFields } from '../../core/json.ts'
import { Answer } from '../transport/response-reader.ts'
import { subjectOf } from './invoke-errors.ts'
import { sendToFunction } from './invoke-send.ts'
import type { FunctionReading, FunctionTarget } from './invoke-target.ts'
import { zipReader } from './zip.ts'

/** The settings of a function that a rotator depends on. */
export interface FunctionSettings {
  readonly runtime: string
  readonly handler: string
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memorySize: number
  /** The ARN of its role; '' for none. */
  readonly role: string
  readonly variables: Readonly<Record<string, string>>
}

/** How a function runs asynchronously. */
export interface AsyncSettings {
  readonly maxEventAgeSeconds: number
}

/** A timer trigger. */
export interface Timer {
  readonly name: string
  readonly enabled: boolean
  /** The payload of its events. */
  readonly payload: string
}

/**
 * Reads a deployed function of FC 3.0. Each method makes one HTTPS request over `@alicloud/fc20230330`, loaded at the
 * first; {@link FunctionReader.files} makes a second one for the code.
 *
 * Every method throws RotatorErrors: `notFound`, `denied` (naming the RAM action), or another error of the call.
 */
export class FunctionReader {
  readonly #target: FunctionTarget

  constructor(target: FunctionTarget) {
    this.#target = target
  }

  async settings(): Promise<FunctionSettings> {
    const answer = await this.#read('GetFunction')
    return {
      runtime: answer.optionalText('runtime'),
      handler: answer.optionalText('handler'),
      timeout: answer.count('timeout'),
      memorySize: answer.count('memorySize'),
      role: answer.optionalText('role'),
      variables: answer.textsByName('environmentVariables'),
    }
  }

  /** The maximum number of concurrent instances; null without a limit. */
  async reservedConcurrency(): Promise<number | null> {
    const answer = await this.#readOrNull('GetConcurrencyConfig')
    return answer?.has('reservedConcurrency') === true ? answer.count('reservedConcurrency') : null
  }

  /** null if none are configured. */
  async asyncSettings(): Promise<AsyncSettings | null> {
    const answer = await this.#readOrNull('GetAsyncInvokeConfig')
    return answer?.has('maxAsyncEventAgeInSeconds') === true
      ? { maxEventAgeSeconds: answer.count('maxAsyncEventAgeInSeconds') }
      : null
  }

  async timers(): Promise<Timer[]> {
    const answer = await this.#read('ListTriggers')
    return answer
      .items('triggers')
      .filter((trigger) => trigger.optionalText('triggerType') === 'timer')
      .map((trigger) => ({
        name: trigger.text('triggerName'),
        ...timerOf(trigger.optionalText('triggerConfig')),
      }))
  }

  /** Downloads its code; returns a reader of the files in it. */
  async files(): Promise<(name: string) => string | null> {
    const url = (await this.#read('GetFunctionCode')).text('url')
    // Anyone with the signed address can download the code, so it is never shown.
    const answer = await fetch(url, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }).catch((): null => null)
    if (answer?.ok !== true) {
      const status = answer === null ? 'no answer' : `HTTP ${answer.status}`
      const message = `the code of ${subjectOf(this.#target)} could not be read (${status})`
      throw unavailable(message)
    }
    return zipReader(Buffer.from(await answer.arrayBuffer()))
  }

  async #read(api: FunctionReading): Promise<Answer> {
    const target = this.#target
    const body = await sendToFunction(target, api, CALL_TIMEOUT_MS, (client) => client.read(api))
    return new Answer(body, { api, product: 'fc', subject: subjectOf(target) })
  }

  /** Settings that were never made are not found, even if the function exists. */
  async #readOrNull(api: FunctionReading): Promise<Answer | null> {
    try {
      return await this.#read(api)
    } catch (error) {
      if (hasCode(error, 'notFound')) return null
      throw error
    }
  }
}

/** A trigger's configuration is JSON in a string. */
function timerOf(triggerConfig: string): Pick<Timer, 'enabled' | 'payload'> {
  const { enable, payload } = jsonFields(triggerConfig)
  return { enabled: enable === true, payload: typeof payload === 'string' ? payload : '' }
}

import { RotatorError } from '../../core/errors.ts'
import { jsonFields, parsedJson } from '../../core/json.ts'

const LONGEST_MESSAGE = 2_000

export interface FailureDetails {
  readonly requestId: string
  /** The last 4 KB of the log; null if it was not sent. */
  readonly log: string | null
}

/**
 * The function ran and failed. The message is the function's own; if the function is this project's, `report` holds the
 * report that came with it.
 */
export class FunctionError extends RotatorError implements FailureDetails {
  readonly requestId: string
  readonly log: string | null
  /** The function's report, unchecked; undefined if there is none. */
  readonly report: unknown

  constructor(prefix: string, body: string, { requestId, log }: FailureDetails) {
    const { sentence, report } = takeApart(messageIn(body))
    super('functionError', `${prefix}: ${sentence} (request ${requestId})`)
    this.requestId = requestId
    this.log = log
    this.report = report
  }
}

/** `{errorMessage, errorType, stackTrace}`, or plain text. */
function messageIn(body: string): string {
  const { errorMessage } = jsonFields(body)
  return typeof errorMessage === 'string' ? errorMessage : body
}

/** The rotator's errors end with the report as JSON on its own line. */
function takeApart(message: string): { readonly sentence: string; readonly report: unknown } {
  const at = message.lastIndexOf('\n{')
  const report = at < 0 ? undefined : parsedJson(message.slice(at + 1))
  const sentence = (report === undefined ? message : message.slice(0, at))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MESSAGE)
  return { sentence: sentence === '' ? 'it gave no reason' : sentence, report }
}

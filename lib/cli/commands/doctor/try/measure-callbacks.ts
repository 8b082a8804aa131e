import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { Answer } from '../../../../alibaba/transport/response-reader.ts'
import { Key } from '../../../../keyset/key.ts'
import type { Assumptions } from '../../../../emulator/assumptions.ts'
import { say, type Said } from '../../../words/said.ts'
import { answered, inWords, unanswered, unasked, type Laboratory, type Measured } from './laboratory.ts'
import type { Listener, Received, Reply } from './listener.ts'
import { addNotifyConfig, clearDomain, notifyFields, setKey } from './measure-live.ts'
import { signingOf, type Signing } from './signing.ts'

/** How often to have a stream pushed again, which makes it take a new configuration. */
const PUSHES = 4
/** Within this time, a cut stream is pushed again and sends its next snapshot. */
const CALLBACK_MS = 30_000
/** Live sends again 1 s after 5 s without an answer. */
const REPEAT_MS = 20_000
/** How long until a newly set key would show in a running stream's signatures. */
const SETTLED_MS = 10_000

const QUESTIONS = {
  port: say("a callback URL's port is part of the signed host", '签名的主机包含回调 URL 的端口'),
  letters: say('case of the hex digits of a signature', '签名的十六进制字母大小写'),
  refused: say('a callback that is answered by 401 or 503 is sent again', '应答 401 或 503 的回调会重发'),
  timestamp: say('timestamp of a callback that is sent again', '重发的回调所带的时间戳'),
  running: say('what a running stream signs with after a set', '设置新密钥后，进行中的流用哪个密钥签名'),
}
const NONE_CAME = say('no callback came in time', '没有及时收到回调')

/**
 * Measures how callbacks are signed and repeated: has the domain send them to this machine, and answers them one by one.
 * Cuts its streams, so that they are pushed again under its configuration. Leaves the domain without any.
 */
export async function measureCallbacks(lab: Laboratory): Promise<Measured[]> {
  const { listener } = lab.given
  if (listener === null) return all((question) => unasked(question, '--try-listen PORT --try-url URL'))
  const site = await Site.open(lab, listener)
  const [first, second] = [Key.generate(), Key.generate()]
  try {
    const set = await site.set(first)
    if (set.code !== null) return all((question) => unanswered(question, inWords(set)))
    const { domain } = lab.given
    lab.given.tell(
      say(
        `waiting for a callback of ${domain}: keep a stream pushed to it`,
        `等待 ${domain} 的回调：请保持向它推流`,
      ),
    )
    const signed = await firstCallback(site)
    if (signed === null) return all((question) => unanswered(question, site.whyNone()))
    return [
      port(site.url, signed.signing),
      letters(signed.received),
      await refused(site),
      await timestamp(site),
      await running(site, first, second),
    ]
  } finally {
    await clearDomain(lab)
  }
}

function all(measured: (question: Said) => Measured): Measured[] {
  return Object.values(QUESTIONS).map(measured)
}

/** A domain whose callbacks come to this machine. */
class Site {
  readonly url: URL
  readonly lab: Laboratory
  readonly #listener: Listener
  /** Which of Live's two configurations to use: the notify configuration, unless a template already has the URL. */
  readonly #byTemplate: boolean
  readonly #keys: Key[] = []

  private constructor(lab: Laboratory, listener: Listener, byTemplate: boolean) {
    this.lab = lab
    this.url = listener.url
    this.#listener = listener
    this.#byTemplate = byTemplate
  }

  static async open(lab: Laboratory, listener: Listener): Promise<Site> {
    const urls = await lab.callbackUrls().catch((): string[] => [])
    const isHere = (url: string): boolean => URL.canParse(url) && new URL(url).href === listener.url.href
    return new Site(lab, listener, urls.some(isHere))
  }

  /** Gives the domain a key. The first time, this also directs its callbacks here. */
  set(key: Key): Promise<PlainAnswer> {
    const isFirst = this.#keys.length === 0
    this.#keys.push(key)
    if (this.#byTemplate) return setKey(this.lab, key)
    const { href } = this.url
    return isFirst
      ? addNotifyConfig(this.lab, href, key)
      : this.lab.live('UpdateLiveSnapshotNotifyConfig', notifyFields(href, key))
  }

  /** How a callback was signed; null for one of another domain. */
  signing(received: Received): Signing | null {
    return signingOf(received, this.url, this.#keys)
  }

  next(reply: Reply, withinMs = CALLBACK_MS, accepts = this.#isOurs): Promise<Received | null> {
    return this.#listener.next(accepts, reply, withinMs, this.lab.clock)
  }

  /** Waits for the same callback again. */
  again({ body }: Received): Promise<Received | null> {
    return this.next(200, REPEAT_MS, (received) => received.body === body)
  }

  whyNone(): Said {
    if (this.#listener.received > 0) {
      return say(
        'callbacks came, but their signature holds under no spelling of the host',
        '收到了回调，但主机的任何写法都对不上签名',
      )
    }
    return say(
      'no callback came: push a stream to the domain, with a snapshot template, and see that --try-url leads here',
      '没有收到回调：请向该域名推一路流，配置截图模板，并确认 --try-url 指向这里',
    )
  }

  readonly #isOurs = (received: Received): boolean => this.signing(received) !== null
}

/** Cuts the streams until one of them sends a callback that is signed with the domain's key. */
async function firstCallback(site: Site) {
  for (let push = 0; push < PUSHES; push++) {
    await cutStreams(site.lab)
    const received = await site.next(200)
    const signing = received === null ? null : site.signing(received)
    if (received !== null && signing !== null) return { received, signing }
  }
  return null
}

/** Makes them push again, as after a network interruption. If that is denied, people may do it. */
async function cutStreams(lab: Laboratory): Promise<void> {
  const action = 'DescribeLiveStreamsOnlineList'
  const { code, body } = await lab.live(action, { StreamType: 'raw', PageNum: '1', PageSize: '100' })
  if (code !== null) return
  const answer = new Answer(body, { api: action, product: 'live', subject: `domain ${lab.given.domain}` })
  for (const stream of answer.list('OnlineInfo', 'LiveStreamOnlineInfo')) {
    await lab.call('live', 'ForbidLiveStream', {
      DomainName: stream.text('PublishDomain'),
      AppName: stream.text('AppName'),
      StreamName: stream.text('StreamName'),
      LiveStreamType: 'publisher',
      Oneshot: 'yes',
    })
  }
}

function port({ port }: URL, { withPort }: Signing): Measured {
  if (port === '' && !withPort) {
    return unanswered(QUESTIONS.port, say('give a --try-url with a port', '请在 --try-url 中写明端口'))
  }
  return answered(QUESTIONS.port, withPort ? say('yes', '是') : say('no', '否'), { signsPort: withPort })
}

function letters({ signature }: Received): Measured {
  const isLower = signature === signature.toLowerCase()
  return answered(QUESTIONS.letters, isLower ? say('lower', '小写') : say('upper', '大写'), {
    signatureCase: isLower ? 'lower' : 'upper',
  })
}

async function refused(site: Site): Promise<Measured> {
  const repeated: boolean[] = []
  for (const status of [401, 503]) {
    const received = await site.next(status)
    if (received === null) return unanswered(QUESTIONS.refused, NONE_CAME)
    repeated.push((await site.again(received)) !== null)
  }
  const [by401 = false, by503 = false] = repeated
  if (by401 === by503) {
    const answer = by401 ? say('yes', '是') : say('no', '否')
    return answered(QUESTIONS.refused, answer, { retriesRefusedCallbacks: by401 })
  }
  // The emulator has one switch for both.
  return answered(QUESTIONS.refused, by401 ? say('only by 401', '只有 401') : say('only by 503', '只有 503'))
}

async function timestamp(site: Site): Promise<Measured> {
  const received = await site.next('silence')
  if (received === null) return unanswered(QUESTIONS.timestamp, NONE_CAME)
  const repeat = await site.again(received)
  if (repeat === null) {
    const why = say('a callback without an answer is not sent again', '没有应答的回调不会重发')
    return unanswered(QUESTIONS.timestamp, why)
  }
  const isOriginal = repeat.timestamp === received.timestamp
  const retryTimestamp: Assumptions['retryTimestamp'] = isOriginal ? 'original' : 'fresh'
  const answer = isOriginal ? say('of its first sending', '首次发送的时间') : say('fresh', '重新取时间')
  return answered(QUESTIONS.timestamp, answer, { retryTimestamp })
}

async function running(site: Site, first: Key, second: Key): Promise<Measured> {
  const set = await site.set(second)
  if (set.code !== null) return unanswered(QUESTIONS.running, inWords(set))
  await site.lab.clock.sleep(SETTLED_MS)
  const received = await site.next(200)
  const signing = received === null ? null : site.signing(received)
  if (signing === null) return unanswered(QUESTIONS.running, NONE_CAME)
  return answered(
    QUESTIONS.running,
    signing.key.kid === first.kid
      ? say('the key that it was pushed under', '推流时的密钥')
      : say('the new key', '新密钥'),
  )
}

import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import type { Counts } from '../../emulator/index.ts'

/** The texts of the emulator. */
export interface EmulatorWords {
  readonly size: (domains: number, streams: number) => string
  readonly ready: (paint: (text: string) => string, url: string, size: string) => string
  readonly deployed: (name: string, service: string | null, folder: string, configuration: string) => string
  readonly invoke: (command: string) => string
  readonly pointTools: string
  readonly configuration: string
  readonly verify: string
  readonly state: (url: string) => string
  readonly more: string
  /** The outcome of callbacks so far. A 503 means that a receiver has no keyset yet; it refuses nothing. */
  readonly callbacks: (counts: Counts) => string
  readonly ignored: (options: readonly string[], file: string, size: string) => string
}

const english: EmulatorWords = {
  size: (domains, streams) => `${count(domains, 'domain')}, ${count(streams, 'stream')}`,
  ready: (paint, url, size) => `${paint('ready')} on ${url}: ${size}`,
  deployed: (name, service, folder, configuration) =>
    `function ${name}${service === null ? '' : ` in service ${service}`}: ${folder}, configuration ${configuration}`,
  invoke: (command) => `call it with: ${command}`,
  pointTools: 'Point the tools at it:',
  configuration: 'let rotation.yaml say:',
  verify: 'and verify callbacks with:',
  state: (url) => `State: ${url}`,
  more: 'Faults and callbacks: lib/emulator/README.md. Ctrl-C stops it.',
  callbacks: ({ sent, accepted, quarantined, rejected, lost, byStatus }) => {
    const unavailable = byStatus['503'] ?? 0
    return (
      `callbacks: ${number(sent)} sent, ${number(accepted)} accepted, ${number(quarantined)} quarantined, ` +
      `${number(rejected - unavailable)} refused, ${number(unavailable)} unavailable (503), ${number(lost)} unanswered`
    )
  },
  ignored: (options, file, size) =>
    `${options.join(' and ')} has no effect, as ${file} already holds ${size}; name another file to start afresh`,
}

const chinese: EmulatorWords = {
  size: (domains, streams) => `${number(domains)} 个域名，${number(streams)} 路流`,
  ready: (paint, url, size) => `${paint('已就绪')} ${url}：${size}`,
  deployed: (name, service, folder, configuration) =>
    `函数 ${name}${service === null ? '' : `（服务 ${service}）`}：${folder}，配置 ${configuration}`,
  invoke: (command) => `调用：${command}`,
  pointTools: '让工具连接到它：',
  configuration: 'rotation.yaml 内容：',
  verify: '校验回调：',
  state: (url) => `状态：${url}`,
  more: '故障与回调：lib/emulator/README.md。按 Ctrl-C 结束。',
  callbacks: ({ sent, accepted, quarantined, rejected, lost, byStatus }) => {
    const unavailable = byStatus['503'] ?? 0
    return (
      `回调：发送 ${number(sent)}，接受 ${number(accepted)}，隔离 ${number(quarantined)}，` +
      `拒绝 ${number(rejected - unavailable)}，不可用（503）${number(unavailable)}，无应答 ${number(lost)}`
    )
  },
  ignored: (options, file, size) =>
    `${options.join('、')} 不起作用：${file} 里已有 ${size}；要重新开始，请另选一个文件`,
}

export const emulatorWords: InEachLanguage<EmulatorWords> = { en: english, zh: chinese }

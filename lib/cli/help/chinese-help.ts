/** The help of one command. */
export interface CommandHelp {
  readonly description: string
  /** By the option's long name without its dashes; options of several commands are in {@link SHARED}. */
  readonly options?: Readonly<Record<string, string>>
  readonly arguments?: Readonly<Record<string, string>>
  /** Replaces the English text at the end; absent if there are only examples. */
  readonly after?: string
}

/** Commander's titles. */
export const TITLES: Readonly<Record<string, string>> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Global Options:': '全局选项：',
  'Commands:': '命令：',
  'Example:': '示例：',
  'Examples:': '示例：',
}

export const SHARED: Readonly<Record<string, string>> = {
  help: '显示帮助',
  version: '显示版本号',
  config: '配置文件（默认：$ROTATOR_CONFIG，否则 rotation.yaml）',
  json: '在标准输出打印一个 JSON 文档，其余都写到标准错误',
  lang: '供人阅读的文字的语言（默认：$LIVE_KEY_LANG，否则按 locale）；--json 不受影响',
  group: '只处理这个组（默认：全部）',
  id: '再次使用同一个 id 会继续那次运行，不会另外开始',
  reason: '原因，写入日志',
  emergency: '密钥已泄露：一个 ttl 之后没有接收端再信任它',
  leaked: '与 --emergency 同用：只有这个密钥泄露，写它在 status 中的 kid；可重复',
  'on-running-streams':
    '与 --emergency 同用：如何处理用泄露密钥签名的流；plan --emergency 会说明每种选择的后果（默认：quarantine）',
  force: '即使当前密钥还很新，或刚做过应急，也照样轮转',
  'dry-run': '只读取，说明会做什么',
  wait: '一直等到完成，无论接收端需要多久（否则最多等 5 分钟）',
}

export const PROGRAM: CommandHelp = {
  description: '轮转视频直播域名的截图回调鉴权密钥，不误拒任何一条真实回调。',
  after: `
退出码：0 完成，1 失败或未完成，2 用法或配置错误，3 需要等待。
入门：demo 在本机演示全过程；plan 说明一次轮转会做什么，不做任何改动。`,
}

/** The help of every command, by name. A test reports what is missing. */
export const COMMANDS_HELP: Readonly<Record<string, CommandHelp>> = {
  rotate: { description: '在本机轮转密钥，直到完成或必须等待' },
  plan: {
    description: '只读取：一次轮转会做什么、多少次调用、多久、影响哪些流',
    options: { emergency: '计划一次应急' },
  },
  reconcile: { description: '完成未完成的轮转，修复偏离的域名，收入已有密钥，清除旧密钥' },
  rollback: { description: '回滚到上一个密钥' },
  status: { description: '只读取：各个密钥、使用时间、还有谁用它签名' },
  invoke: {
    description: '调用已部署的函数，打印它的报告和日志末尾',
    options: {
      function: '函数（默认：live-key-rotator）',
      service: '函数所在的服务，用于函数计算 2.0',
      qualifier: '版本或别名（默认：LATEST）',
      'account-id':
        '账号（默认：$FC_ACCOUNT_ID，否则 $ALIBABA_CLOUD_ACCOUNT_ID）；使用函数计算 3.0 的服务地址时不需要',
      action: '做什么',
      async: '把运行放入函数的队列，打印任务 id 后返回',
      follow: '与 --async 同用：一直等到任务结束；给出 id 则只跟踪那个任务，不启动新的',
    },
    after: `
示例：
  live-key-rotator invoke --emergency --reason "key seen in a public repository"
  live-key-rotator invoke --async --follow

最多等 15 分钟取报告；可能更久的函数请用 --async --follow。
另一次运行进行中时，直接调用会被拒绝，带 --async 的会排队等候。
任务只说明它如何结束；函数的报告只有在阿里云对该账号开放时才会显示。
否则请查看状态：live-key-rotator status。`,
  },
  keyset: {
    description: '打印密钥集文档',
    options: {
      group: '哪个组；有多个组时必填',
      reveal: '显示密钥明文',
      restore: '最新版本无效时，从最新的有效版本继续',
      yes: '与 --restore 同用：不再询问',
    },
  },
  init: {
    description: '根据问答和账号的情况，写出 rotation.yaml 和 RAM 权限策略',
    options: {
      region: 'KMS 和函数计算的地域',
      domain: '一个播流域名；可重复',
      discover: '名字以此结尾的全部播流域名，例如 .example.com',
      secret: 'KMS 通用凭据（默认：live/snapshot-callback/default）',
      probe: '一个接收端的回调 URL；可重复',
      dir: '文件写到哪里（默认：当前目录）',
      yes: '没有给出的都取默认值，不再询问',
      force: '替换已有的文件',
    },
    after: `
示例：
  live-key-rotator init --region cn-shanghai --discover .example.com
它写出 rotation.yaml 和相应的 RAM 权限策略，不调用任何会改动账号的接口。`,
  },
  doctor: {
    description: '检查轮转所需的一切，缺什么就说明怎么办',
    options: {
      function: '已部署的函数（默认：live-key-rotator，如果有）',
      try: '同时在这个域名上测量视频直播的行为；它不能属于任何组',
      'try-secret': '以及在这个凭据上测量 KMS 的行为；它不能属于任何组',
      'try-burst': '以及超出频率的调用如何计数：2.5 秒内对一个接口调用 100 次',
      'try-role': '以及临时凭证需要什么权限：扮演这个角色读取该凭据',
      'try-listen': '以及回调如何签名、如何重发：在这里接收（默认主机：127.0.0.1）',
      'try-url': '与 --try-listen 同用：云访问它所用的 URL',
      assumptions: '与 --try 同用：结果写到哪里，供 emulator 使用',
      yes: '与 --try 同用：不再询问',
    },
    after: `
只读取；只有 --try 会做改动，而且只改给它的域名和凭据。
还需要别的条件的，各有自己的选项才会测量：--try-burst、--try-role、--try-listen。
退出码：没有一项失败为 0，否则为 1。
示例：
  live-key-rotator doctor
  live-key-rotator doctor --try spare.example.com --try-secret spare/secret`,
  },
  probe: {
    description: '询问接收端是否接受某个密钥，以及它的实例使用哪个密钥集',
    arguments: { urls: '接收端的回调 URL（默认：该组的 probes）' },
    options: {
      group: '用哪个组的密钥；有多个组时必填',
      key: 'pending、current 或一个 kid（默认：有 pending 就用它，否则 current）',
    },
  },
  explain: {
    description: '说明一个截获的签名用的是哪个密钥、主机和时间，或错在哪一处',
    options: {
      timestamp: '收到的 ALI-LIVE-TIMESTAMP 请求头',
      signature: '收到的 ALI-LIVE-SIGNATURE 请求头',
      host: '回调 URL 的主机；可重复（默认：取自 probes）',
      at: '收到的时间，例如 2026-11-24T08:00:00Z（默认：现在）',
      group: '只用这个组的密钥（默认：全部）',
    },
    after: `
示例：
  live-key-rotator explain --timestamp 1764057600 \\
    --signature 9e226fc2c250be266e3657e156f68c12 --host hooks.example.com
退出码：只有被接受才是 0，否则为 1。`,
  },
  kid: {
    description: '从标准输入读取一个密钥（终端上不显示），只打印它的 kid',
    after: `
示例：pbpaste | live-key-rotator kid`,
  },
  dashboard: {
    description: '观察轮转或应急的页面：只在本机，只读',
    options: { port: '端口；默认任选一个空闲的', open: '在浏览器中打开' },
  },
  report: {
    description: '把当前状态或一份回执写成一个页面文件',
    options: { html: '页面写到这里', receipt: '用这份回执或报告，而不是当前状态' },
  },
  schema: { description: '打印配置的 JSON Schema' },
  emulator: {
    description: '运行本地云，直到 Ctrl-C：本机上的 KMS、视频直播和函数计算',
    options: {
      port: '在 127.0.0.1 上监听的端口',
      domains: '有多少个域名：live1.example.com、…（默认：60）',
      streams: '有多少路流推到这些域名（默认：120）',
      state: '把状态保存到文件；文件已存在则从中继续',
      assumptions: '文档没有说明之处，按该文件所写的行为',
      callback: '把截图回调发到这里',
      function: '在那里运行构建好的函数，供 invoke 使用：dist/functions/rotate',
      service: '与 --function 同用：放在这个服务里，供 invoke --service 使用（函数计算 2.0）',
    },
  },
  demo: {
    description: '在本机演示核心任务：本地云、接收端，以及回调不断时的一次轮转',
    options: {
      domains: '多少个域名',
      emergency: '密钥已泄露：切断它',
      dashboard: '在浏览器中打开轮转的页面，一直保留到 Ctrl-C',
    },
  },
  completion: {
    description: '打印在 shell 中补全命令和选项的脚本',
    arguments: { shell: '哪种 shell' },
  },
  help: { description: '显示某个命令的帮助' },
}

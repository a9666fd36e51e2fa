import type en from "./meaningsEn";

const meanings: typeof en = {
  data: "存放服务器自身全部内容的目录。",
  catalog_url: "sqlite:///PATH 或 postgresql+psycopg://USER:PASSWORD@HOST/DATABASE。",
  objects_url: "数据存放位置：目录、s3://BUCKET/PREFIX、gs://… 或 az://…",
  host: "监听地址；0.0.0.0 表示所有地址。",
  port: "监听端口；0 表示任选一个空闲端口。",
  public_url: "用户访问服务器所用的地址（位于代理之后时）。",
  hosts: "允许用来访问服务器的其他主机名。",
  proxies: "可信代理：采信其提供的调用方地址。",
  workers: "处理请求的进程数。",
  largest_body: "非上传请求的最大字节数。",
  largest_upload: "一次发送文件以构建数据集时的最大字节数。",
  upload_memory: "每次由上传文件构建数据集时可用的内存字节数；最多同时进行两次。",
  upload_seconds: "每次由上传文件构建数据集时可用的处理器秒数。",
  table_cache:
    "每个进程为后续查询保留的已解码表和文件列表的字节数；默认为内存的 1/32，介于 128 MiB 与 1 GiB 之间。",
  secure_cookies: "仅通过 HTTPS 发送 Cookie；默认取决于 `public_url`。",
  anonymous_rate: "未登录时每个地址每秒的请求数；0 表示不限制。",
  user_rate: "每个账号每秒的请求数；0 表示不限制。",
  executor: "作业在何处运行：`local` 表示与服务器同机；`none` 表示由其他服务器运行。",
  most_jobs: "与此服务器同机同时运行的作业数。",
  labels: "此服务器的标签，例如 {gpu: a100}；只运行标签全部包含于其中的资源池的作业。",
  capacity: "任务可使用的本机资源，例如 {cpu: 8, memory: 32Gi, gpu: 2}；未指定的自动检测。",
  shell_idle: "任务终端无数据传输多少秒后关闭。",
  direct_reads:
    "客户端直接访问对象存储的地址，例如 https://s3.example.com；大的数据块从那里读取。留空表示全部数据经由此服务器。",
  media_lasts: "数据行中媒体地址的有效秒数；保持打开的页面会重新获取。",
  lease: "工作进程可保持沉默的秒数；服务器为其三倍。",
  worker_user:
    "作业的工作进程所用的本机用户；或没有名称的用户编号范围，例如 20000-20999，每个运行中的作业独占其一。",
  collect_every: "两次垃圾回收之间的小时数；0 表示仅由 `swcli server gc` 回收。",
  oidc_issuer: "用于登录的其他身份提供方，例如 https://id.example.com。",
  oidc_client_id: "该提供方为此服务器分配的客户端标识。",
  oidc_client_secret: "此服务器向该提供方出示的密钥。",
  oidc_domains: "允许以此方式登录的邮箱域名；未指定表示全部允许。",
  oidc_create: "首次以此方式登录的用户自动获得账号。",
  grace: "服务器停止时留给请求完成的秒数。",
  drain: "服务器宣布停止后仍接收请求的秒数。",
  log_format: "日志格式：便于阅读的文本行，或 JSON。",
  log_level: "记录日志的最低级别。",
  metrics_token: "Prometheus 出示的 Bearer 令牌；管理员无需令牌。",
  webhooks_to_private: "允许 Webhook 访问私有地址，例如本网络中的地址。",
  telemetry: "接收链路追踪的 OTLP 端点，例如 http://collector:4318。",
  env: "服务器的环境变量，例如 AWS_ACCESS_KEY_ID。",
};

export default meanings;

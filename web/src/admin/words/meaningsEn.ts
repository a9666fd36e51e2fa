/** What each setting of a server means, as the server says it. */
const meanings = {
  data: "Directory of all that is the server's own.",
  catalog_url: "sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.",
  objects_url: "Where bytes lie: a directory, s3://BUCKET/PREFIX, gs://… or az://…",
  host: "Address to listen on; 0.0.0.0 for all.",
  port: "Port to listen on; 0 takes a free one.",
  public_url: "Address under which people reach it, behind proxies.",
  hosts: "Further names under which it may be asked.",
  proxies: "Proxies whose word about the caller's address counts.",
  workers: "Processes that answer requests.",
  largest_body: "Bytes of a request that is no upload.",
  largest_upload: "Bytes of files that are sent at once to be made a dataset.",
  upload_memory: "Bytes of memory that a build of files that were sent may have; two are made at a time.",
  upload_seconds: "Seconds of a processor that one build of files that were sent may take.",
  table_cache:
    "Bytes of tables and lists of files kept decoded for the next question, per process; by default a 32nd of the memory, from 128 MiB to 1 GiB.",
  secure_cookies: "Send cookies over HTTPS only; as `public_url` says, by default.",
  anonymous_rate: "Requests a second of one address that nobody logged in from; 0 for no limit.",
  user_rate: "Requests a second of one account; 0 for no limit.",
  executor: "Where jobs run: `local`, beside the server; `none`: other servers run them.",
  most_jobs: "Jobs that run beside this server at a time.",
  labels:
    "Labels of this server, such as {gpu: a100}; it runs jobs of pools whose labels are all among them.",
  capacity:
    "What tasks may have of this machine, such as {cpu: 8, memory: 32Gi, gpu: 2}; what is not named is found.",
  shell_idle: "Seconds without a byte after which a terminal in a task is closed.",
  direct_reads:
    "Where clients reach the object store themselves, such as https://s3.example.com; large blobs are then read there. Empty: all bytes pass through this server.",
  media_lasts: "Seconds for which addresses of media in rows are good; pages that stay open ask anew.",
  lease: "Seconds that a worker may stay silent; a server, three times as many.",
  worker_user:
    "User of this machine that workers of jobs run as, or numbers of users who have no name, such as 20000-20999, of which each job that runs has one to itself.",
  collect_every: "Hours from one collection of garbage to the next; 0: only `swcli server gc` collects.",
  oidc_issuer: "Another provider to log in with, such as https://id.example.com.",
  oidc_client_id: "What that provider calls this server.",
  oidc_client_secret: "What this server shows that provider.",
  oidc_domains: "Domains of mail of those who may come in so; all where none is named.",
  oidc_create: "Give an account to whoever comes in so for the first time.",
  grace: "Seconds that requests get to end when it stops.",
  drain: "Seconds for which it says that it stops, and still takes requests.",
  log_format: "Log lines for people, or as JSON.",
  log_level: "Least level logged.",
  metrics_token: "What Prometheus shows as bearer token; administrators need none.",
  webhooks_to_private: "Let webhooks reach private addresses, such as of this network.",
  telemetry: "OTLP endpoint that traces go to, such as http://collector:4318.",
  env: "Variables of its environment, such as AWS_ACCESS_KEY_ID.",
};

export default meanings;

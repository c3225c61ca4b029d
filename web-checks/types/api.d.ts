// What the API answers, as far as the modules of the pages read it. Times are UTC epoch seconds.

interface Job {
  job_id: string;
  kind: string;
  title: string | null;
  status: "queued" | "processing" | "paused" | "completed" | "failed" | "cancelled";
  preview: boolean;
  archived?: boolean;
  total_items: number;
  processed_items: number;
  failed_items: number;
  params: Record<string, any>;
  error: string | null;
  priority: string;
  trigger: string;
  requested_by: string | null;
  about: {
    all?: boolean;
    filter?: Record<string, any>;
    folders?: string[];
    folder?: string;
    first?: string;
    [more: string]: any;
  };
  source_job_id: string | null;
  first_path: string | null;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
  revision: number;
}

/** What the stream of events tells: `data` is a job where `name` is "job", and has the new `role` where it is "role". */
interface JobEvent {
  name: "hello" | "reset" | "job" | "role" | "online" | "offline";
  data: any;
  revision: number | null;
}

interface AuditEntry {
  entry_id: number;
  at: number;
  by: "user" | "key" | "anybody" | "command line" | "schedule" | "watcher" | "service";
  actor: string;
  address: string;
  action: string;
  words: string;
  subject: string;
  details: Record<string, any>;
}

interface Webhook {
  webhook_id: number;
  kind: "webhook" | "apprise" | "command";
  name: string;
  url: string | null;
  events: string[];
  enabled: boolean;
  from_environment: boolean;
  hosts: string[];
  stop_reason: string | null;
  failures: number;
  next_try_at: number | null;
  waiting: number;
  delivered: number;
  failed: number;
  created_at: number;
}

interface MediaServer {
  server_id: number;
  kind: "komga" | "kavita";
  name: string;
  url: string;
  path_map: { here: string; there: string }[];
  enabled: boolean;
  failures: number;
  next_try_at: number | null;
  problem: string | null;
  answered_at: number | null;
  waiting: number;
  progress: "off" | "carried" | "ordered";
  patience_s: number;
  known_at: number | null;
  carried: number;
  created_at: number;
}

interface ServerTrial {
  answers: boolean;
  problem: string | null;
  libraries: {
    library_id: string;
    name: string;
    folders: { there: string; here: string }[];
    is_watched: boolean;
    computes_hashes: boolean;
  }[];
}

interface Delivery {
  delivery_id: number;
  webhook_id: number;
  event_id: string;
  type: string;
  state: "waiting" | "sending" | "delivered" | "failed" | "skipped";
  attempts: number;
  created_at: number;
  tried_at: number | null;
  status: number | null;
  answer: string | null;
}

interface ComicFile {
  file_id: number;
  path: string;
  name: string;
  folder: string;
  format: string | null;
  state: string;
  reason: string | null;
  size_bytes: number;
  page_count: number | null;
  added_at: number;
  modified_at: number;
  verified_at: number | null;
  series: string | null;
  issue: string | null;
  title: string | null;
  year: number | null;
  publisher: string | null;
  duplicate_of: string | null;
  conflict_with: string | null;
  volume: string | null;
  tags?: Record<string, any>;
  texts?: Record<string, string>;
  named?: Record<string, string>;
  locked?: string[];
  protected_by?: string | null;
  servers?: { server: string; kind: string; status: "unread" | "started" | "read"; link: string }[];
}

/** A comic on the shelf of its series; `copy_of` is the one before it with the same pages. */
interface ShelfFile extends ComicFile {
  lacks: string[];
  copy_of: number | null;
}

/** A number with its comics, or the missing numbers from `number` to `last`. */
interface ShelfPlace {
  number: string | null;
  files: ShelfFile[];
  last?: string;
  missing?: number;
}

interface ShelfVolume {
  volume: string | null;
  is_of_volumes: boolean;
  missing: number;
  places: ShelfPlace[];
}

/** One series in order of number. */
interface Shelf {
  name: string;
  files: number;
  is_capped: boolean;
  size_bytes: number;
  first_year: number | null;
  last_year: number | null;
  publishers: Record<string, number>;
  spellings: Record<string, number>;
  lacking: Record<string, number>;
  volumes: ShelfVolume[];
}

interface Neighbour {
  file_id: number;
  name: string;
  issue: string | null;
  title: string | null;
}

interface Neighbours {
  before: Neighbour | null;
  after: Neighbour | null;
  position: number | null;
  of: number | null;
}

/** A field of tags, as a form needs it. */
interface TagField {
  name: string;
  label: string;
  kind: string;
  section: string;
  hint: string;
  low: number | null;
  high: number | null;
  choices: { value: string; label: string }[];
  suggestions: string[];
  formats: string[];
  is_of_file: boolean;
}

type FieldInput = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A file with its tags as texts; `named` is what its name says. */
interface TagTexts {
  file_id: number;
  path: string;
  name: string;
  format: string | null;
  texts: Record<string, string>;
  named?: Record<string, string>;
  /** The folder because of which the file is never written. */
  protected_by: string | null;
}

interface ComicPage {
  number: number;
  name: string;
  type: string;
  deleted: boolean;
  problem: string | null;
  size_bytes: number;
  width: number | null;
  height: number | null;
  tagged?: Record<string, any> | null;
}

interface PageList {
  file_id: number;
  version: string;
  right_to_left: boolean;
  pages: ComicPage[];
}

interface Parameter {
  name: string;
  type: string;
  label: string;
  hint: string;
  choices: string[];
  choice_labels: Record<string, string>;
  default: any;
  low?: number;
  high?: number;
  is_rare: boolean;
  control: string | null;
  empty_label: string | null;
}

interface Kind {
  name: string;
  title: string;
  description: string;
  items: string;
  has_preview: boolean;
  can_be_rehearsed: boolean;
  can_be_saved: boolean;
  gives_names: boolean;
  rehearses: boolean;
  parameters: Parameter[];
}

/** What the server declares about a kind of job on every page. */
interface DeclaredKind {
  noun: string;
  doing: string;
  done: string;
  item: string;
  item_plural: string;
  items: string;
  rehearses?: boolean;
  reports?: boolean;
  changes_files?: boolean;
  [more: string]: any;
}

/** What is wrong with the disk of a folder, and what to do. */
interface DiskProblem {
  folder: string;
  problem: string;
  finding: string;
  advice: string;
}

interface Backup {
  name: string;
  origin: "daily" | "asked" | "before_restore" | "before_upgrade";
  size_bytes: number;
  made_at: number;
}

interface TrashEntry {
  trash_id: string;
  original_path: string;
  size_bytes: number;
  deleted_at: number;
}

/** A page of the trash; `files`, `size_bytes` and `digest` are of the whole. */
interface TrashPage {
  entries: TrashEntry[];
  files: number;
  size_bytes: number;
  digest: string;
}

interface ParsedPiece {
  text: string;
  start: number;
  end: number;
  role: string;
}

interface ParsedName {
  fields: Record<string, string | number | boolean | (string | number)[]>;
  explanation: ParsedPiece[];
}

/** A page of a list; `next` is the `after` or `before` of the page that follows. */
interface ListPage {
  next: any;
}

/** The result of one item; `path` is the file that the item is about. */
interface JobResult {
  id: number;
  item: string;
  path: string | null;
  file_id: number | null;
  success: boolean;
  error: string | null;
  code: string | null;
  details: ResultDetails | null;
  finished_at: number | null;
  duration_s: number | null;
  undoable: number[];
  undone_at: number | null;
}

/** What a kind of job found out about one item, or changed of it. */
interface ResultDetails {
  changes?: FileChange[];
  note?: string;
  identified?: IdentifiedFile;
  why?: Record<string, string>;
  copy?: string;
  scan?: ScanSummary;
  report?: Verification;
  copies?: string[];
  near?: LikeCopy[];
  keep?: string;
  reason?: string;
}

interface ScanSummary {
  files: number;
  added: number;
  changed: number;
  moved: number;
  removed: number;
  unreadable: string[];
  warning: string | null;
}

interface Verification {
  sound: boolean;
  members: number;
  problem: string | null;
  broken: { name: string; problem: string }[];
  broken_count: number;
}

interface LikeCopy {
  path: string;
  alike: number;
  compared: number;
}

/** One change of a file; what there is beside `type` depends on it. */
interface FileChange {
  type: string;
  from?: string;
  to?: string;
  [more: string]: any;
}

interface FieldChange {
  field: string;
  before: any;
  after: any;
}

/** A change as the journal keeps it. */
interface JournalChange {
  change_id: number;
  job_id: string;
  kind: string;
  path_before: string;
  path_after: string | null;
  state: "planned" | "applied" | "undone" | "failed" | "abandoned";
  summary: Record<string, any>;
  planned_at: number;
  applied_at: number | null;
  undone_at: number | null;
  undone_by: string | null;
}

interface ChangePage extends ListPage {
  changes: JournalChange[];
  counts: Partial<Record<JournalChange["state"], number>>;
}

/** Failed items of a job that failed in the same way; with `varies` their texts differ in names or numbers. */
interface FailureGroup {
  error: string;
  code: string | null;
  items: number;
  example: string;
  example_path: string | null;
  group: string | null;
  varies: boolean;
}

/** A type of change, the number of files that have it, and the words that follow the number. */
interface ToldChange {
  type: string;
  files: number;
  words: string;
}

/** Files that get the same changes. */
interface AlikeResults {
  group: string;
  items: number;
  example: JobResult;
}

/** What a job came to, or a preview would. */
interface JobOutcome {
  changed: number;
  unchanged: number;
  failed: number;
  sentence: string;
  told: ToldChange[];
  progress: string[];
  alike: AlikeResults[];
}

/** What there is to go on with after a rehearsal; `ended` says why no rest can be asked for. */
interface Rehearsal {
  kind: string;
  folder: string;
  copies: number;
  files: number | null;
  is_capped: boolean;
  ended: string | null;
}

/** Which files a job or a template is for. */
interface FileSelection {
  all?: boolean;
  copies?: boolean;
  files?: string[];
  paths?: string[];
  folders?: string[];
  filter?: Record<string, any>;
  without?: string[];
}

interface Template {
  template_id: string;
  name: string;
  description: string;
  kind: string;
  selection: FileSelection;
  params: Record<string, any>;
  priority: string;
  preview: boolean;
  builtin: boolean;
}

interface Schedule {
  schedule_id: string;
  template_id: string;
  name: string;
  cron: string | null;
  run_at: number | null;
  timezone: string;
  missed: string;
  enabled: boolean;
  in_words: string | null;
  next_at: number | null;
  next_runs: number[];
  last_at: number | null;
  last_job_id: string | null;
  last_error: string | null;
}

/** Where a field comes from; null leaves it as it is. */
type Rule = { sources?: string[]; text?: string; mode?: string } | null;

interface RuleField {
  name: string;
  sources: string[];
}

/** What rules are made of. */
interface RuleChoices {
  presets: Record<string, WholeRules>;
  own: Record<string, WholeRules>;
  fields: RuleField[];
  formats: string[];
  template_fields: { name: string; label: string }[];
  folders: FolderEntry[];
  settings: { variable: string; value: string; origin: Origin }[];
  roots: string[];
  suggested: string[];
}

/** What was set for a folder, "" for the whole library; null is what holds above it. */
interface FolderEntry {
  folder: string;
  rules: string | null;
  new_files: string | null;
  /** Where the comics of an inbox are filed; null if it is none. */
  target: string | null;
  folders: string | null;
  is_there: boolean;
}

interface WholeRules extends Rules {
  preset: string;
  template: string;
  padding: number;
  fields: Record<string, Rule>;
}

type Origin = "environment" | "page" | "default";

/** The rules of a job; what is left out comes from the preset. */
interface Rules {
  preset?: string;
  fields?: Record<string, Rule>;
  formats?: string[];
  page_list?: boolean;
  on_malformed?: string;
  cases?: any[];
  [more: string]: any;
}

interface Series {
  name: string;
  files: number;
  cover_file_id: number | null;
  gaps?: number;
  year?: number | null;
  publisher?: string | null;
}

interface Folder {
  path: string;
  name: string;
  files: number;
  is_capped: boolean;
  cover_file_id: number | null;
}

/** How much two copies look alike; `cover_distance` is null if a cover says nothing. */
interface Likeness {
  cover_distance: number | null;
  alike: number;
  compared: number;
}

interface CopyFile extends ComicFile {
  tag_count: number;
  is_damaged: boolean;
  unreadable_pages?: number;
  width?: number | null;
  height?: number | null;
  has_same_pages?: boolean;
  likeness?: Likeness;
}

/** Files with the same pages (`fingerprint`) or that look alike (`group_id`), the one to keep first. */
interface CopyGroup {
  fingerprint?: string;
  group_id?: string;
  reason: string;
  files: CopyFile[];
}

interface CopyTotal {
  groups: number;
  extra_files: number;
  has_compared?: boolean;
}

/** What the service can do in one watched folder. */
interface CheckedFolder {
  path: string;
  files: number;
  last_scan_at: number | null;
  can_read: boolean;
  can_write: boolean;
  free_bytes: number;
  filesystem: string | null;
  is_network: boolean;
  hard_links: boolean | null;
  problem: string | null;
  advice: string | null;
}

interface FirstRun {
  state: "open" | "done" | "skipped";
  folders: CheckedFolder[];
  advice: string | null;
}

/** A page that several comics have; `file_id` and `page` (from 0) show it, `in_scope` of its `files` are asked for. */
interface RepeatedPage {
  repeat_id: number;
  file_id: number | null;
  page: number | null;
  files: number;
  in_scope: number;
  comics: number;
  series: number;
  place: string | null;
  is_suggested: boolean;
  stays_somewhere: boolean;
  reasons: string[];
  answer: "advert" | "keep" | null;
}

type RepeatedTab = "suggested" | "others" | "adverts" | "kept";

interface RepeatedPages {
  pages: RepeatedPage[];
  next: string | null;
  total?: Record<RepeatedTab, number>;
  search?: { searched_at: number | null; is_outdated: boolean; files: number; without_checksums: number };
}

/** A comic with a repeated page; `stays` says why the page stays there by default. */
interface RepeatedFile extends ComicFile {
  page: number;
  stays: string | null;
}

interface ConflictFile extends ComicFile {
  apart: { field: string; label: string; own: string | null; other: string | null; advice: string | null }[];
  likeness: Likeness | null;
}

/** Files that should have one name; `holder` is the one that has it. */
interface ConflictGroup {
  path: string;
  holder: ComicFile | null;
  files: ConflictFile[];
  file_count: number;
}

interface WorkerState {
  host: string;
  pid: number;
  threads: number;
  only_job: string | null;
  items_only: boolean;
  heartbeat_at: number;
  current: string[];
}

/** A host that shares the library; `clock_ahead_s` is how far its clock is ahead of the server's. */
interface HostState {
  host: string;
  seen_at: number;
  version: string | null;
  clock_ahead_s: number | null;
  roots: { path: string; is_writable: boolean; seen_at: number }[];
}

interface Overview {
  counts: Record<string, number>;
  oldest_queued_at: number | null;
  items_last_hour: number;
  failed_last_hour: number;
  workers: WorkerState[];
}

interface Notice {
  key: string;
  message: string;
  at: number;
}

interface Root {
  path: string;
  files: number;
  size_bytes: number;
  is_watched: boolean;
  last_scan_at: number | null;
  warning: string | null;
  forget_at: number | null;
  names_remark: string | null;
}

interface SystemState {
  disks: DiskProblem[];
  watching: { finding: string; advice: string } | null;
  workers: WorkerState[];
  hosts: HostState[];
  notices: Notice[];
  warnings: string[];
  roots: Root[];
  backups: Backup[];
  database: {
    path: string;
    database_bytes: number;
    wal_bytes: number;
    free_bytes: number | null;
    week_growth_bytes: number | null;
  };
}

/** A record of the log; `place` is where it begins, `more` the traceback below its line. */
interface LogRecord {
  place: string;
  at: number;
  level: "debug" | "info" | "warning" | "error" | "critical";
  process: string;
  process_id: number;
  logger: string;
  message: string;
  more: string;
}

/** Records of the log, oldest first. */
interface LogPage {
  records: LogRecord[];
  older: string | null;
  end: string;
}

interface Check {
  name: string;
  verdict: "ok" | "warning" | "problem";
  finding: string;
  advice: string;
}

/** What one kind of job did in one span of time; durations and waits in seconds. */
interface Period {
  kind: string;
  starts_at: number;
  items: number;
  failed: number;
  p50_s: number | null;
  p95_s: number | null;
  jobs: number;
  wait_p50_s: number | null;
}

interface Statistics {
  since: number;
  until: number;
  span_s: number;
  periods: Period[];
}

interface Setting {
  variable: string;
  meaning: string;
  value: string;
  default: string;
  allowed: string;
  origin: Origin;
}

interface JobPage extends ListPage {
  jobs: Job[];
  counts: Record<string, number>;
  with_failures: number;
}

/** How many files match; `is_capped` if there are more. */
interface FileTotal {
  files: number;
  is_capped: boolean;
}

/** A source as it stands; secrets are never read back. */
interface SourceState {
  name: string;
  title: string;
  site: string;
  credit: string;
  sent: string;
  fields: string[];
  limits: string[];
  enabled: boolean;
  enabled_by_environment: boolean;
  address: string | null;
  usual_address: string | null;
  address_from_environment: boolean;
  secrets: { name: string; title: string; is_set: boolean; from_environment: boolean }[];
  missing: string | null;
  requests: number;
  resources: {
    resource: string;
    limit: string;
    spent: number;
    left: number;
    next_at: number | null;
    waiting: number;
  }[];
  resting_until: number | null;
  rest_reason: string | null;
  stop_reason: string | null;
}

/** A series as a source describes it; what it does not know is left out. */
interface SeriesFacts {
  source: string;
  id: string;
  name: string;
  start_year?: number;
  end_year?: number;
  publisher?: string;
  issue_count?: number;
  link?: string;
  cover?: string;
}

interface IssueFacts {
  source: string;
  id: string;
  number: string;
  title?: string;
  year?: number;
  link?: string;
}

/** One named difference or agreement; `penalty` 0 agrees. */
interface Evidence {
  name: string;
  penalty: number;
  weight: number;
  ours?: string;
  theirs?: string;
}

interface Candidate {
  series: SeriesFacts;
  distance: number;
  evidence: Evidence[];
}

/** What a file says of itself in its name, its folders and its tags. */
interface FileSays {
  series?: string;
  number?: string;
  years?: number[];
  start_year?: number;
  volume?: number;
  publisher?: string;
  page_count?: number;
}

/** A file of a match; its issues are by "source:series id". */
interface MatchedFile {
  file_id: number;
  path: string;
  issues: Record<string, IssueFacts>;
  says: FileSays;
}

interface Match {
  match_id: number;
  folder: string;
  name: string;
  level: "certain" | "likely" | "unknown";
  state: "open" | "skipped" | "settled";
  reason: string;
  files: number;
  candidates: Candidate[];
  job_id: string | null;
  matched_at: number;
}

type OpenedMatch = Match & { matched_files: MatchedFile[] };

interface Decision {
  decision_id: number;
  folder: string;
  name: string;
  verdict: "series" | "never";
  series: SeriesFacts | null;
  decided_at: number;
  decided_by: string | null;
}

/** What a job has identified; `pace` is the limit that holds it up. */
interface IdentifiedCounts {
  files: { certain: number; likely: number; unknown: number };
  waiting: { matches: number; files: number };
  pace: {
    source: string;
    title: string;
    limit: string;
    done_at: number | null;
    earliest_at: number;
    latest_at: number | null;
  } | null;
}

/** What the result of a file says about its identification. */
interface IdentifiedFile {
  level: "certain" | "likely" | "unknown";
  reason: string;
  series?: SeriesFacts;
  issue?: IssueFacts;
  match_id?: number;
  candidates?: string[];
}

/** The figures of the whole library; `years` and `months` are pairs with the number of files. */
interface CollectionFigures {
  counted_at: number;
  files: number;
  size_bytes: number;
  series: number;
  damaged: number;
  duplicates: number;
  tagged: Record<string, number>;
  publishers: { name: string; files: number; size_bytes: number }[];
  publisher_count: number;
  years: [year: number, files: number][];
  months: [month: string, files: number][];
  incomplete_series: number;
  missing_issues: number;
}

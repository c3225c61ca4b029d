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
  source_job_id: string | null;
  first_path: string | null;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
  revision: number;
}

/** What the stream of events tells: `data` is a job where `name` is "job", null for the others. */
interface JobEvent {
  name: "hello" | "reset" | "job" | "online" | "offline";
  data: any;
  revision: number | null;
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
  duplicate_of: string | null;
  conflict_with: string | null;
  [field: string]: any;
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
  choices: string[];
  default: any;
  low?: number;
  high?: number;
  [more: string]: any;
}

interface Kind {
  name: string;
  title: string;
  description: string;
  items: string;
  has_preview: boolean;
  can_be_rehearsed: boolean;
  parameters: Parameter[];
  [more: string]: any;
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
  origin: "daily" | "asked" | "before_restore";
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

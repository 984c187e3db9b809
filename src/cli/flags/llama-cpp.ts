/**
 * Flags of llama.cpp that people have in their scripts and fingers. What makes no difference here is taken with a note;
 * what would make one is refused with the reason.
 */
export interface ForeignFlag {
  readonly names: readonly string[];
  /** What stands behind it: nothing, one value, or one where the next word is one of these. */
  readonly value?: "one" | readonly string[];
  /** Why it makes no difference; a sentence's end behind "is ignored: ". */
  readonly ignored?: string;
  /** Why it cannot be had, and what there is instead; a sentence's end behind "is not supported: ". */
  readonly refused?: string;
  /** The commands of which this is so; by default all. */
  readonly commands?: readonly string[];
}

const SWITCH: readonly string[] = ["on", "off", "auto", "true", "false", "enabled", "disabled", "0", "1", "-1"];

const CPU_ONLY = "llama2 computes on the CPU only";
const OWN_MEMORY = "weights are always read into memory once";
const OWN_THREADS = "threads are set by --threads alone";
const ONE_LOG = "there is no log; -v says more and -q less";
const ROPE = "the model's file says how positions are scaled";
const TEXT_ONLY = "models are used for text only";

function ignored(reason: string, ...names: readonly string[]): ForeignFlag {
  return { names, ignored: reason };
}

function ignoredWithValue(reason: string, ...names: readonly string[]): ForeignFlag {
  return { names, value: "one", ignored: reason };
}

function refused(reason: string, ...names: readonly string[]): ForeignFlag {
  return { names, refused: reason };
}

const CONVERSATION = ["-cnv", "--conversation"];
const NO_CONVERSATION = ["-no-cnv", "--no-conversation"];
const CONTINUING: readonly string[] = ["generate", "tokenize", "perplexity", "bench", "quantize", "inspect"];
const CHATTING: readonly string[] = ["chat"];

/** The first row with the name and the command counts. */
export const FOREIGN_FLAGS: readonly ForeignFlag[] = [
  // Other processors
  ignoredWithValue(CPU_ONLY, "-ngl", "--gpu-layers", "--n-gpu-layers"),
  { names: ["-fa", "--flash-attn"], value: SWITCH, ignored: "attention is computed in one way" },
  ignoredWithValue(CPU_ONLY, "-dev", "--device"),
  ignoredWithValue(CPU_ONLY, "-mg", "--main-gpu"),
  ignoredWithValue(CPU_ONLY, "-sm", "--split-mode"),
  ignoredWithValue(CPU_ONLY, "-ts", "--tensor-split"),
  ignoredWithValue(CPU_ONLY, "-ot", "--override-tensor"),
  ignored(CPU_ONLY, "-kvo", "--kv-offload", "-nkvo", "--no-kv-offload"),
  ignored(CPU_ONLY, "--op-offload", "--no-op-offload", "--no-host", "-bs", "--backend-sampling"),
  ignored(CPU_ONLY, "-cmoe", "--cpu-moe"),
  ignoredWithValue(CPU_ONLY, "-ncmoe", "--n-cpu-moe"),
  refused("it computes in one process", "--rpc"),
  refused(CPU_ONLY, "--list-devices"),
  // Memory and files
  ignored(OWN_MEMORY, "--mlock", "--mmap", "--no-mmap", "-dio", "--direct-io", "-ndio", "--no-direct-io"),
  ignoredWithValue(OWN_MEMORY, "-lm", "--load-mode"),
  ignored("weights are always repacked", "--repack", "-nr", "--no-repack"),
  ignored("weights that are not numbers are always refused", "--check-tensors"),
  { names: ["-fit", "--fit"], value: SWITCH, ignored: "a model that does not fit into memory is refused" },
  refused("change the file with another tool", "--override-kv"),
  refused("a conversation is kept by chat --session", "--prompt-cache", "--prompt-cache-all", "--prompt-cache-ro"),
  // Threads and batches
  ignoredWithValue("--batch-size alone counts", "-ub", "--ubatch-size"),
  ignoredWithValue(OWN_THREADS, "-tb", "--threads-batch", "-C", "--cpu-mask", "-Cr", "--cpu-range", "--cpu-strict"),
  ignoredWithValue(OWN_THREADS, "--prio", "--poll", "-Cb", "--cpu-mask-batch", "-Crb", "--cpu-range-batch"),
  ignoredWithValue(OWN_THREADS, "--cpu-strict-batch", "--prio-batch", "--poll-batch"),
  ignoredWithValue("the system places memory", "--numa"),
  ignored("the kernels are compiled before the first token", "--warmup", "--no-warmup"),
  ignored("the KV cache has no holes", "-kvu", "--kv-unified", "--swa-full"),
  ignoredWithValue("the KV cache has no holes", "-dt", "--defrag-thold"),
  // The context
  ignored("an answer ends where the context is full", "--no-context-shift"),
  refused("an answer ends where the context is full; choose a larger --ctx-size", "--context-shift"),
  ignoredWithValue("the context is not shifted", "--keep"),
  refused(ROPE, "--rope-scaling", "--rope-scale", "--rope-freq-base", "--rope-freq-scale"),
  refused(ROPE, "--yarn-orig-ctx", "--yarn-ext-factor", "--yarn-attn-factor", "--yarn-beta-slow", "--yarn-beta-fast"),
  refused(ROPE, "-gan", "--grp-attn-n", "-gaw", "--grp-attn-w"),
  // Conversations
  { names: CONVERSATION, commands: CHATTING, ignored: "llama2 chat is always a conversation" },
  { names: NO_CONVERSATION, commands: CHATTING, refused: "use llama2 generate to continue a text" },
  { names: NO_CONVERSATION, commands: CONTINUING, ignored: "only llama2 chat is a conversation" },
  { names: CONVERSATION, commands: CONTINUING, refused: "use llama2 chat for a conversation" },
  { names: ["-i", "--interactive", "-if", "--interactive-first"], refused: "use llama2 chat for a conversation" },
  { names: ["-st", "--single-turn"], commands: CHATTING, ignored: "chat -p answers one message and ends" },
  { names: ["-st", "--single-turn"], commands: CONTINUING, ignored: "only llama2 chat has turns" },
  { names: ["--jinja"], commands: CHATTING, ignored: "templates are always read as Jinja, unless --no-jinja is given" },
  { names: ["--jinja", "--no-jinja"], commands: CONTINUING, ignored: "only llama2 chat uses a chat template" },
  { names: ["-mli", "--multiline-input"], ignored: 'three quotes (""") begin and end a message of several lines' },
  refused("the chat template writes what stands around a message", "--in-prefix", "--in-suffix", "--in-prefix-bos"),
  refused("control tokens are never part of an answer; --special reads them in the prompt", "-sp"),
  // Sampling
  refused("name the steps with --samplers", "--sampling-seq", "--sampler-seq"),
  // What is shown
  { names: ["-co", "--color"], value: SWITCH, commands: CONTINUING, ignored: "answers have no colors" },
  ignored("this is the default", "--display-prompt", "--perf", "--show-timings"),
  ignored("input and output are always simple where they are no terminal", "--simple-io"),
  ignored(ONE_LOG, "--log-disable", "--log-prefix", "--no-log-prefix", "--log-timestamps", "--no-log-timestamps"),
  ignoredWithValue(ONE_LOG, "--log-file", "-lv", "--verbosity", "--log-verbosity"),
  { names: ["--log-colors"], value: SWITCH, ignored: ONE_LOG },
  ignored("llama2 tokenize prints the tokens of a prompt", "--verbose-prompt"),
  ignoredWithValue("the speed is told at the end", "-ptc", "--print-token-count"),
  // Other media and models
  refused(TEXT_ONLY, "-mm", "--mmproj", "-mmu", "--mmproj-url", "--image", "--audio", "--video"),
  ignored(TEXT_ONLY, "--mmproj-auto", "--no-mmproj", "--no-mmproj-auto", "--mmproj-offload", "--no-mmproj-offload"),
  refused("control vectors cannot be applied", "--control-vector", "--control-vector-scaled"),
  refused("prompts are UTF-8 text; give them with -f", "-bf", "--binary-file"),
  refused("llama2 completion bash prints it", "--completion-bash"),
  refused("it reads no server", "--server-base"),
  refused("give an adapter the scale 0: --lora FILE:0", "--lora-init-without-apply"),
];

/** Flags that other programs spell otherwise, by the names that they have here. */
export const ALIASES: Readonly<Record<string, string>> = {
  "-hf": "--hf-repo",
  "-hfr": "--hf-repo",
  "-hff": "--hf-file",
  "-hft": "--hf-token",
  "-mu": "--model-url",
  "-ctk": "--cache-type-k",
  "-ctv": "--cache-type-v",
  "-pg": "--prompt-gen",
  "-jf": "--json-schema-file",
  "--lora-scaled": "--lora",
  "-co": "--color",
  "--predict": "--n-predict",
  "--stop": "--reverse-prompt",
  "-sys": "--system",
  "--system-prompt": "--system",
  "-sysf": "--system-file",
  "--system-prompt-file": "--system-file",
  "--no-perf": "--no-stats",
  "--no-show-timings": "--no-stats",
  "--log-verbose": "--verbose",
  "--usage": "--help",
};

export function findForeignFlag(name: string, command: string): ForeignFlag | undefined {
  return FOREIGN_FLAGS.find(
    ({ names, commands }) => names.includes(name) && (commands === undefined || commands.includes(command)),
  );
}

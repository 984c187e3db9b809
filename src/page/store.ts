import { type Conversation, readConversation } from "./conversation.js";

const CONVERSATIONS = "conversations";

/** Conversations in the browser's own database. Other pages of this server are told of what changes. */
export class Store {
  readonly #database: IDBDatabase;
  readonly #others = new BroadcastChannel("llama2");

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static async open(): Promise<Store> {
    const request = indexedDB.open("llama2", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(CONVERSATIONS, { keyPath: "id" });
    return new Store(await settled(request));
  }

  /** All of them, the last that was changed first. */
  async all(): Promise<Conversation[]> {
    const values: unknown[] = await settled(this.#conversations("readonly").getAll());
    return values
      .map(readConversation)
      .filter((conversation) => conversation !== undefined)
      .sort((a, b) => b.changed - a.changed);
  }

  async save(conversation: Conversation): Promise<void> {
    await settled(this.#conversations("readwrite").put(conversation));
    this.#others.postMessage(conversation.id);
  }

  async remove(id: string): Promise<void> {
    await settled(this.#conversations("readwrite").delete(id));
    this.#others.postMessage(id);
  }

  /** @param listener called where another page changed something */
  onChange(listener: () => void): void {
    this.#others.onmessage = listener;
  }

  #conversations(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(CONVERSATIONS, mode).objectStore(CONVERSATIONS);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps no data for this page"));
  });
}

export interface Deed {
  /** Your own name for this deed: the same id is the same deed, for ever. */
  id: string;
  campaign: string;
  user: string;
  /** ISO 8601 with a time zone. */
  done_at: string;
  /** Units: the campaign's kind decides (steps, minutes, seconds). */
  amount?: number;
  device?: string;
  subject?: string;
  project?: string;
  facts?: Record<string, unknown>;
}
export interface DeedAnswer {
  id: string;
  status: "accepted" | "capped" | "held" | "refused" | "replayed";
  reason: string;
  message: string;
  flowers: number;
  money_minor: number;
  item: string;
  deed_id: string | null;
  first: string | null;
}
export interface UserAsked { user: string; campaigns: string[]; deeds?: Record<string, Partial<Deed>>; }
export interface UserToken { user: string; token: string; expires_at: string; }
export interface LinkPage { user: string; url: string; expires_at: string; }
export interface Webhook { type: string; timestamp: string; data: Record<string, unknown>; }
export class Problem extends Error { status: number; code: string; facts: Record<string, string>; }
export class Unreachable extends Error {}
export class WebhookForged extends Error {}
export class Key {
  readonly id: string;
  static fromPem(pem: string, id: string): Promise<Key>;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
export function signRequest(key: Key, request: { method: string; url: string; body?: Uint8Array; contentType?: string; now?: number }): Promise<Record<string, string>>;
export function verifyWebhook(secret: string, headers: HeadersInit, body: string | ArrayBuffer | Uint8Array, options?: { now?: number }): Promise<Webhook>;
export class RedFlower {
  constructor(baseUrl: string, key: Key, options?: { fetch?: typeof fetch; timeoutMs?: number; language?: "zh-Hans" | "en" });
  reportDeeds(deeds: Deed[], options?: { size?: number }): Promise<{ answers: DeedAnswer[]; flowers: number }>;
  userTokens(users: UserAsked[]): Promise<UserToken[]>;
  linkPages(users: string[]): Promise<LinkPage[]>;
  campaigns(): Promise<Record<string, unknown>[]>;
}

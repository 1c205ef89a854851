import type { Bundle, HttpRequestOptions, ZObject } from 'zapier-platform-core';

/** What Zapier runs. */
export type Perform = (z: ZObject, bundle: GivenBundle) => Promise<any>;

export interface GivenBundle extends Omit<Bundle<Record<string, any>>, 'subscribeData' | 'outputData' | 'rawRequest'> {
  /** What performSubscribe gave. */
  subscribeData?: Subscription;
  /** What a step that waits gave when it started its call. */
  outputData: { id: string };
  rawRequest?: RawRequest;
}

export interface Subscription {
  id: string;
  secret: string;
}

/** As Zapier keeps a hook's request: the name of each header has `Http-` before it. */
export interface RawRequest {
  headers: Record<string, string>;
  content: string;
}

/** `url` is the path after /api/v1. */
export type Request = HttpRequestOptions & { url: string };

export interface Identity {
  /** The Idempotency-Key; without one, a key for this run alone. */
  key?: string;
  /** Whether another run of the step gives the same key, or is harmless. */
  sameAgain?: boolean;
}

export type Value = string | number | string[];

/** What is asked of an input: see generated/rules.js. */
export interface Rule {
  key: string;
  label: string;
  kind: string;
  required: boolean;
  pattern?: string;
  rule?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  choices?: string[];
}

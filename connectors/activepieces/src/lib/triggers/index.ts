import * as words from '../generated/triggers';
import { callTrigger } from './call-trigger';

export const callCompleted = callTrigger(words.callCompleted);
export const callStarted = callTrigger(words.callStarted);
export const voicemailLeft = callTrigger(words.voicemailLeft);
export const callUnanswered = callTrigger(words.callUnanswered);

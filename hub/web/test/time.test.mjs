//! Calendar words: days of the reader's calendar, around changes of clocks in any zone, in both languages.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { brief, clock, day, dayKey, keepTime } from '../app/ui/time.js';
import { MemoryStorage } from './fake.mjs';

const page = { localStorage: new MemoryStorage(), navigator: { languages: ['en'] } };
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });

const zone = process.env.TZ;
after(() => (zone === undefined ? delete process.env.TZ : (process.env.TZ = zone)));

/** Local time of a zone: year, month, day, hour, minute. */
const local = (year, month, date, hour = 12, minute = 0) => new Date(year, month - 1, date, hour, minute).getTime();

test('yesterday is the day before in the calendar, however long today is', () => {
  const cases = [
    // zone, now, then, said
    ['Europe/Berlin', [2026, 10, 25, 23, 30], [2026, 10, 24, 23, 50], 'Yesterday'], // 25 hours: a day earlier is still today
    ['Europe/Berlin', [2026, 10, 25, 23, 30], [2026, 10, 25, 0, 5], 'Today'],
    ['Europe/Berlin', [2026, 3, 30, 0, 30], [2026, 3, 29, 23, 59], 'Yesterday'], // after 23 hours: a day earlier is two days ago
    ['Europe/Berlin', [2026, 3, 30, 0, 30], [2026, 3, 28, 23, 59], null],
    ['America/New_York', [2026, 11, 1, 23, 45], [2026, 10, 31, 12, 0], 'Yesterday'],
    ['America/New_York', [2026, 3, 9, 0, 10], [2026, 3, 8, 3, 0], 'Yesterday'],
    ['America/Santiago', [2026, 9, 7, 0, 30], [2026, 9, 6, 1, 30], 'Yesterday'], // midnight itself is skipped
    ['Africa/Cairo', [2026, 4, 25, 0, 15], [2026, 4, 24, 1, 15], 'Yesterday'],
    ['Australia/Lord_Howe', [2026, 4, 5, 23, 50], [2026, 4, 4, 23, 55], 'Yesterday'], // half an hour
    ['Asia/Shanghai', [2026, 11, 26, 0, 0], [2026, 11, 25, 23, 59], 'Yesterday'],
    ['Pacific/Apia', [2011, 12, 31, 12, 0], [2011, 12, 29, 12, 0], null], // there was no 30th
    ['Asia/Kolkata', [2027, 1, 1, 9, 0], [2026, 12, 31, 9, 0], 'Yesterday'],
    ['UTC', [2026, 11, 26, 9, 0], [2026, 11, 27, 9, 0], null],
  ];
  for (const [tz, now, then, said] of cases) {
    process.env.TZ = tz;
    keepTime(() => local(...now));
    const what = `${tz} ${now} ${then}`;
    const shown = day(local(...then));
    if (said === null) assert.match(shown, /\d{4}/, what);
    else assert.equal(shown, said, what);
    assert.equal(brief(new Date(local(...then)).toISOString()) === 'Yesterday', said === 'Yesterday', what);
  }
});

test('the days that follow one another from hour to hour are told rightly for a whole year', () => {
  for (const tz of ['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Shanghai']) {
    process.env.TZ = tz;
    const days = [];
    for (let at = local(2026, 1, 1); at < local(2027, 1, 1); at += 1800_000) {
      if (days.at(-1)?.key !== dayKey(at)) days.push({ key: dayKey(at), first: at, last: at });
      days.at(-1).last = at;
    }
    for (const [n, { first, last }] of days.entries()) {
      for (const now of [first, last]) {
        keepTime(() => now);
        assert.deepEqual([day(first), day(last)], ['Today', 'Today'], tz);
        if (n > 0) assert.deepEqual([day(days[n - 1].first), day(days[n - 1].last)], ['Yesterday', 'Yesterday'], `${tz} ${new Date(now)}`);
        if (n > 1) assert.match(day(days[n - 2].last), /2026|2025/, tz);
      }
    }
  }
});

test('midnight is 00, another year is named, and the words are those of the language', () => {
  process.env.TZ = 'Asia/Shanghai';
  keepTime(() => local(2026, 11, 26, 0, 5));
  for (const language of ['en', 'zh-CN']) {
    page.localStorage.setItem('fairhub.language', language);
    assert.equal(clock(local(2026, 11, 26, 0, 5)), '00:05');
    assert.match(brief(new Date(local(2025, 11, 24)).toISOString()), /2025/);
    assert.doesNotMatch(brief(new Date(local(2026, 11, 20)).toISOString()), /2026/);
    assert.equal(day(local(2026, 11, 25)), language === 'en' ? 'Yesterday' : '昨天');
  }
});

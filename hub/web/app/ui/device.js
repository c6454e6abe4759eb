//! Owns: what a browser is called in the list of one's devices. Never: more of it than its kind and system.

const BROWSERS = [[/Edg(?:e|A|iOS)?\//, 'Edge'], [/OPR\//, 'Opera'], [/(?:Firefox|FxiOS)\//, 'Firefox'], [/MicroMessenger\//, 'WeChat'], [/(?:Chrome|CriOS)\//, 'Chrome'], [/Safari\//, 'Safari']];
const SYSTEMS = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux|X11/, 'Linux']];

/** Empty where nothing is known of it. @param {string} agent as a browser names itself */
export const device = (agent) => [BROWSERS, SYSTEMS].map((rows) => rows.find(([shape]) => /** @type {RegExp} */ (shape).test(agent))?.[1] ?? '').filter(Boolean).join(' · ');

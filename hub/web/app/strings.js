//! Owns: every text the page shows, in both languages, and the chosen language. Never: a text elsewhere.

/** @typedef {'zh-CN' | 'en'} Language */

/** One row per text: Chinese, English. `{name}` is filled in. @type {Record<string, [string, string]>} */
export const TABLE = {
  'app.name': ['云洽谈', 'Fairhub Negotiations'],
  'app.tagline': ['数字交易会 · 实时洽谈', 'Digital trade fair · live negotiations'],
  'app.promise': ['每一条消息都有据可查：不丢失、不重复、不乱序。', 'Every message on the record: none lost, none doubled, none out of order.'],
  'app.language': ['English', '中文'],
  'app.language_label': ['Switch to English', '切换到中文'],
  'app.skip': ['跳到消息输入框', 'Skip to the message box'],
  'signin.title': ['登录', 'Sign in'],
  'signin.identifier': ['企业或机构标识', 'Company or institution ID'],
  'signin.identifier_hint': ['个人用户可不填', 'Leave empty for personal accounts'],
  'signin.username': ['用户名', 'User name'],
  'signin.password': ['密码', 'Password'],
  'signin.submit': ['登录', 'Sign in'],
  'signin.busy': ['正在登录…', 'Signing in…'],
  'signin.demo': ['演示账号', 'Demo accounts'],
  'signin.demo_hint': ['点一下即可登录。在两个浏览器里用两家企业的账号互发消息试试。', 'One click signs in. Try two companies in two browsers and let them talk.'],
  'signin.wrong': ['账号或密码错误', 'Wrong account or password'],
  'signin.ended.session_revoked': ['此会话已被终止，请重新登录。', 'This session was ended. Please sign in again.'],
  'signin.ended.unauthenticated': ['登录已过期，请重新登录。', 'Your sign-in has expired. Please sign in again.'],
  'duty.representative': ['商务代表', 'Representative'],
  'duty.consultant': ['咨询顾问', 'Consultant'],
  'duty.other': ['其他人员', 'Other staff'],
  'duty.admin': ['管理员', 'Administrator'],
  'menu.sign_out': ['退出登录', 'Sign out'],
  'menu.sign_out_unsent': ['还有 {n} 条消息没有发出，退出后将丢弃。', '{n} messages are not sent yet and will be discarded.'],
  'line.open': ['已连接', 'Connected'],
  'line.connecting': ['正在连接…', 'Connecting…'],
  'line.offline': ['离线', 'Offline'],
  'line.offline_since': ['自 {time} 起离线', 'Offline since {time}'],
  'line.crowded': ['此账号打开的页面过多，请关闭不用的页面', 'Too many pages of this account are open: close those you do not need'],
  'line.retry_in': ['{n} 秒后重连', 'reconnecting in {n} s'],
  'line.retrying': ['正在重连…', 'reconnecting…'],
  'line.stopped': ['连接已停止（{reason}）', 'The connection has stopped ({reason})'],
  'line.unsent': ['{n} 条消息待发送', '{n} unsent'],
  'line.now': ['立即重连', 'Reconnect now'],
  'line.back': ['已恢复连接', 'Connected again'],
  'inbox.title': ['我的洽谈', 'Negotiations'],
  'inbox.new': ['发起洽谈', 'New negotiation'],
  'inbox.empty': ['还没有洽谈', 'No negotiations yet'],
  'inbox.empty_hint': ['查找一家企业，发出第一条消息。', 'Find a company and send the first message.'],
  'inbox.loading': ['正在加载…', 'Loading…'],
  'inbox.more': ['更多洽谈', 'More negotiations'],
  'inbox.refused': ['此账号不能代表企业洽谈', 'This account cannot negotiate for a company'],
  'inbox.refused_hint': ['只有企业的商务代表和咨询顾问可以洽谈。', 'Only representatives and consultants of a company can negotiate.'],
  'inbox.unread': ['{n} 条未读', '{n} unread'],
  'inbox.mine': ['由我负责', 'Mine'],
  'inbox.unassigned': ['待认领', 'Unclaimed'],
  'inbox.no_text': ['（暂无文字消息）', '(no text yet)'],
  'inbox.filter': ['筛选洽谈', 'Filter negotiations'],
  'side.a': ['我方发起', 'Started by us'],
  'side.b': ['对方发起', 'Started by them'],
  'state.open': ['进行中', 'Open'],
  'state.closed': ['已结束', 'Closed'],
  'state.blocked': ['已屏蔽', 'Blocked'],
  'thread.none': ['选择一个洽谈', 'Choose a negotiation'],
  'thread.none_hint': ['消息、已读和未读状态会在您的所有设备上同步。', 'Messages, read marks and unread counts follow you on every device.'],
  'thread.back': ['返回列表', 'Back to the list'],
  'thread.messages': ['与 {name} 的消息', 'Messages with {name}'],
  'thread.opening': ['正在打开…', 'Opening…'],
  'thread.online': ['对方在线', 'Online'],
  'thread.offline': ['对方不在此洽谈中', 'Not here now'],
  'thread.typing': ['对方正在输入…', 'typing…'],
  'thread.older': ['更早的消息', 'Earlier messages'],
  'thread.beginning': ['洽谈从这里开始', 'The negotiation begins here'],
  'thread.new_below': ['有新消息', 'New messages'],
  'thread.unread_line': ['以下为未读消息', 'Unread from here'],
  'thread.handled_by': ['由{name}负责', 'Handled by {name}'],
  'thread.unclaimed': ['尚无人负责', 'Nobody handles this yet'],
  'thread.not_found': ['找不到此洽谈', 'This negotiation was not found'],
  'act.more': ['更多操作', 'More actions'],
  'act.claim': ['认领', 'Claim'],
  'act.release': ['释放', 'Release'],
  'act.transfer': ['转交…', 'Transfer…'],
  'act.close': ['结束洽谈', 'Close negotiation'],
  'act.reopen': ['重新打开', 'Reopen'],
  'act.block': ['屏蔽…', 'Block…'],
  'act.report': ['举报…', 'Report…'],
  'act.recall': ['撤回', 'Recall'],
  'act.retry': ['重试', 'Retry'],
  'act.discard': ['删除', 'Delete'],
  'act.cancel': ['取消', 'Cancel'],
  'act.confirm': ['确定', 'OK'],
  'act.close_panel': ['关闭', 'Close'],
  'compose.label': ['消息', 'Message'],
  'compose.placeholder': ['输入消息，Enter 发送，Shift+Enter 换行', 'Write a message. Enter sends, Shift+Enter starts a line'],
  'compose.placeholder_short': ['输入消息', 'Write a message'],
  'compose.send': ['发送', 'Send'],
  'compose.card': ['发送名片', 'Send contact card'],
  'compose.left': ['还可输入 {n} 字', '{n} characters left'],
  'compose.too_long': ['超出 {n} 字', '{n} characters too many'],
  'compose.closed': ['洽谈已结束，重新打开后可继续。', 'This negotiation is closed. Reopen it to go on.'],
  'compose.blocked': ['此洽谈已被屏蔽，不能发送消息。', 'This negotiation is blocked; no messages can be sent.'],
  'compose.not_mine': ['此洽谈由{name}负责，只有负责人和管理员可以回复。', 'Handled by {name}; only they and administrators can reply.'],
  'message.sending': ['发送中', 'Sending'],
  'message.waiting': ['待发送', 'Waiting to be sent'],
  'message.sent': ['已送达', 'Delivered'],
  'message.read': ['对方已读', 'Read'],
  'message.failed': ['未发送：{reason}', 'Not sent: {reason}'],
  'message.recalled_me': ['您撤回了一条消息', 'You recalled a message'],
  'message.recalled': ['{name}撤回了一条消息', '{name} recalled a message'],
  'message.unsupported': ['此类消息暂不能显示', 'This kind of message cannot be shown yet'],
  'message.you': ['我', 'You'],
  'message.colleague': ['同事', 'A colleague'],
  'note.assigned': ['由{name}负责', '{name} handles this now'],
  'note.assigned_there': ['{name}调整了负责人', '{name} changed who handles this'],
  'note.released': ['洽谈已释放，等待认领', 'Released; waiting to be claimed'],
  'note.assignment': ['{name}更改了负责人', '{name} changed who handles this'],
  'note.closed': ['{name}结束了洽谈', '{name} closed the negotiation'],
  'note.reopened': ['{name}重新打开了洽谈', '{name} reopened the negotiation'],
  'note.blocked': ['{name}屏蔽了洽谈', '{name} blocked the negotiation'],
  'note.system': ['系统消息', 'System message'],
  'card.contact': ['名片', 'Contact card'],
  'card.mobile': ['手机', 'Mobile'],
  'card.email': ['邮箱', 'E-mail'],
  'card.consent_title': ['发送我的名片？', 'Send your contact card?'],
  'card.consent': ['您的姓名、企业、手机和邮箱将向 {name} 公开，并留在洽谈记录中。', 'Your name, company, mobile and e-mail will be revealed to {name} and stay in the record.'],
  'card.agree': ['同意并发送', 'Agree and send'],
  'find.title': ['发起洽谈', 'New negotiation'],
  'find.label': ['企业名称', 'Company name'],
  'find.placeholder': ['输入企业名称查找', 'Type a company name'],
  'find.none': ['没有找到企业', 'No company found'],
  'find.searching': ['正在查找…', 'Searching…'],
  'transfer.title': ['转交给同事', 'Transfer to a colleague'],
  'transfer.none': ['没有可以接手的同事', 'No colleague can take over'],
  'block.title': ['屏蔽此洽谈？', 'Block this negotiation?'],
  'block.body': ['双方都不能再发送消息，只有贵方可以解除。', 'Neither side can write any more; only your side can undo this.'],
  'report.title': ['向组委会举报', 'Report to the committee'],
  'report.reason': ['原因（500 字以内）', 'Reason (at most 500 characters)'],
  'report.send': ['提交举报', 'Send report'],
  'report.done': ['举报已提交', 'The report was sent'],
  'bell.title': ['通知', 'Notifications'],
  'bell.none': ['没有通知', 'No notifications'],
  'bell.read': ['全部标为已读', 'Mark all as read'],
  'bell.negotiation': ['洽谈有新消息', 'New messages in a negotiation'],
  'bell.other': ['新通知', 'New notification'],
  'time.today': ['今天', 'Today'],
  'time.yesterday': ['昨天', 'Yesterday'],
  'error.bad_request': ['请求有误', 'The request was wrong'],
  'error.forbidden': ['您的职责不允许此操作', 'Your duty does not allow this'],
  'error.not_found': ['没有找到', 'Not found'],
  'error.conflict': ['当前状态不允许此操作', 'The present state does not allow this'],
  'error.invalid': ['内容不符合要求', 'The content breaks a rule'],
  'error.rate_limited': ['操作太频繁，请 {n} 秒后再试', 'Too many attempts; try again in {n} s'],
  'error.overloaded': ['系统繁忙，请稍后再试', 'Busy now; try again later'],
  'error.outcome_unknown': ['尚未确认是否送达', 'Not confirmed: it may or may not have arrived'],
  'error.unavailable': ['服务暂时不可用', 'Not available at the moment'],
  'error.storage_full': ['服务器存储空间不足', 'The server is out of space'],
  'error.disconnected': ['当前离线', 'You are offline'],
  'error.too_large': ['内容太长', 'Too long'],
  'error.flood': ['请求过于频繁，连接被断开', 'The connection was cut for flooding'],
  'error.bad_frame': ['客户端版本有误，请刷新页面', 'Client fault; reload the page'],
  'error.unauthenticated': ['登录已失效', 'The sign-in is no longer valid'],
  'error.session_revoked': ['会话已被终止', 'The session was ended'],
  'error.internal': ['服务器出错', 'The server failed'],
};

const KEY = 'fairhub.language';

/**
 * The choice made here; before there is one, the first of the browser's languages that the page speaks, else English.
 * @param {string | null} chosen @param {readonly string[]} wanted best first @returns {Language}
 */
export function preferred(chosen, wanted) {
  if (chosen === 'en' || chosen === 'zh-CN') return chosen;
  const spoken = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'zh' || tag === 'en');
  return spoken === 'zh' ? 'zh-CN' : 'en';
}

/** @returns {Language} */
export const language = () => preferred(localStorage.getItem(KEY), navigator.languages ?? []);

/** Tells the document which language it is in. */
export function speak() {
  document.documentElement.lang = language();
}

/** @param {Language} chosen */
export function choose(chosen) {
  localStorage.setItem(KEY, chosen);
  speak();
}

/**
 * A text in the chosen language.
 * @param {string} key @param {Record<string, string | number>} [values] @returns {string}
 */
export function t(key, values = {}) {
  const row = TABLE[key];
  if (row === undefined) throw new Error(`invariant: no text ${key}`);
  const text = row[language() === 'en' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_all, name) => String(values[name] ?? ''));
}

/** What an error means to the user. @param {{code: string, retryAfterMs?: number}} error */
export function errorText({ code, retryAfterMs = 0 }) {
  const key = `error.${code}` in TABLE ? `error.${code}` : 'error.internal';
  return t(key, { n: Math.max(1, Math.ceil(retryAfterMs / 1000)) });
}

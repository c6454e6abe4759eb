//! Owns: texts that would do harm if the page ever took them for markup. Each sets `window.hit` when it is executed.

export const XSS = [
  '<script>window.hit=1</script>',
  '<img src=x onerror="window.hit=1">',
  '"><svg onload=window.hit=1>',
  "'><iframe srcdoc='<script>parent.hit=1</script>'>",
  '<a href="javascript:window.hit=1">click</a>',
  'javascript:window.hit=1',
  '</textarea><script>window.hit=1</script>',
  '<style>@import "javascript:window.hit=1"</style>',
  '{{constructor.constructor("window.hit=1")()}}',
  '${window.hit=1}',
  '<math><mi xlink:href="data:x,<script>window.hit=1</script>">',
  '<details open ontoggle=window.hit=1>',
  '&lt;img src=x onerror=window.hit=1&gt;',
  '<img src="x` `<script>window.hit=1</script>"` `>',
  '<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
  '<form><button formaction=javascript:window.hit=1>x',
];

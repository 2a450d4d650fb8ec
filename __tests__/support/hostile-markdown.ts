const RUN = 'window.owned=true;alert(1)';
const FAR = 'https://remote.invalid';

const BY_AIM: Record<string, string> = {
  'markup that runs': [
    `<script>${RUN}</script>`,
    `<img src=x onerror="${RUN}">`,
    `<svg onload="${RUN}"><animate onbegin="${RUN}" attributeName=x></svg>`,
    `<svg><script>${RUN}</script></svg>`,
    `<iframe src="javascript:${RUN}"></iframe><iframe srcdoc="<script>${RUN}</script>"></iframe>`,
    `<math><mtext></mtext><mglyph><style></math><img src onerror=${RUN}></style></mglyph></math>`,
    `<details open ontoggle="${RUN}"><summary>x</summary></details>`,
    `<video><source onerror="${RUN}"></video><body onload="${RUN}"><input autofocus onfocus="${RUN}">`,
    `<object data="javascript:${RUN}"></object><embed src="javascript:${RUN}">`,
    `<noscript><p title="</noscript><img src=x onerror=${RUN}>"></noscript>`,
  ].join('\n\n'),
  'links that run': [
    `[a](javascript:${RUN}) [b](JaVaScRiPt:${RUN}) [c]( javascript:${RUN}) [d](<java\tscript:${RUN}>)`,
    `[e](javascript&#58;${RUN}) [f](&#x6A;avascript:${RUN}) [g](javascript&colon;${RUN}) [h](%6Aavascript:${RUN})`,
    `[i](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) [j](vbscript:msgbox) [k](file:///etc/passwd)`,
    `<javascript:${RUN}> ![l](javascript:${RUN}) [m]`,
    `[m]: javascript:${RUN}`,
    '[n](//remote.invalid/x) [o](/api/chats) [p](https://example.com "onmouseover=alert(1)") <mailto:a@example.com>',
    `[q](https://example.com" onclick="${RUN})`,
  ].join('\n\n'),
  'things that load': [
    `![pixel](${FAR}/pixel.png) ![](${FAR}/a.svg) ![x][y]`,
    `[y]: ${FAR}/referenced.png`,
    `<img src="${FAR}/a.png" srcset="${FAR}/b.png 2x"> <link rel=stylesheet href="${FAR}/a.css">`,
    `<style>@import '${FAR}/b.css'; body { background: url(${FAR}/c.png) }</style>`,
    `<p style="background:url(${FAR}/d.png)">styled</p> <audio src="${FAR}/e.mp3" autoplay>`,
    `<meta http-equiv="refresh" content="0;url=${FAR}"> <base href="${FAR}/"> <form action="${FAR}"><button>x</button>`,
    `<a href="${FAR}" ping="${FAR}/ping">a</a> <table background="${FAR}/f.png"><tr><td>x</table>`,
  ].join('\n\n'),
  'structures that break out': [
    '```html onload=alert(1) "><script>window.owned=true</script>',
    '</code></pre><script>window.owned=true</script>',
    '```',
    `| <img src=x onerror=${RUN}> | b |\n|-|-|\n| [a](javascript:${RUN}) | <script>${RUN}</script> |`,
    `> - # <b onclick="${RUN}">deep</b>`,
    `\`<script>${RUN}</script>\` **<i onmouseover=${RUN}>**`,
    `<a name="page"></a><form id=page><input name=children></form>`,
    '\u202e right to left \u2028 \uFFFE',
    `${'> '.repeat(60)}deep ${'*'.repeat(200)} ${'['.repeat(500)}`,
  ].join('\n\n'),
};

/** What an answer, a question or a title could try, by its aim. Each sets `window.owned` or asks `remote.invalid`. */
export const HOSTILE_MARKDOWN: Record<string, string> = {
  ...BY_AIM,
  'everything at once': Object.values(BY_AIM).join('\n\n'),
};

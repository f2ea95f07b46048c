// Each frame is a list of messages, as in Bayeux: what a socket has to get is collected, and sent together. Broken: it
// is collected in one list for all sockets.
const kit = require('../kit');
const { server } = kit.site();
const shared = [];
const all = kit.raw(server, ws => {
  const due = kit.broken ? shared : [];
  ws.on('message', frame => {
    for (const { channel, id, data } of JSON.parse(frame)) {
      due.push({ channel, id, successful: true });
      if (channel === '/notes') due.push({ channel: '/noted', data: { by: ws.user, text: data.text } });
    }
    setTimeout(() => {
      const list = due.splice(0);
      if (!list.length) return;
      (kit.broken ? [...all] : [ws]).forEach(one => one.send(JSON.stringify(list)));
    }, 20);
  });
});
kit.serve(server);

// Frames are {type, data}. The server pings, and closes who does not answer. Broken: what is said goes to every socket.
const kit = require('../kit');
const { server } = kit.site();
const all = kit.raw(server, ws => {
  const tell = (type, data) => ws.send(JSON.stringify({ type, data }));
  let answered = true;
  const pings = setInterval(() => {
    if (!answered) return ws.close(4000, 'no pong');
    answered = false;
    tell('ping');
  }, 1000);
  ws.on('close', () => clearInterval(pings));
  ws.on('message', frame => {
    const { type, data } = JSON.parse(frame);
    if (type === 'pong') answered = true;
    if (type !== 'say') return;
    tell('saved', { id: kit.id('s') });
    const said = JSON.stringify({ type: 'said', data: { by: ws.user, text: data.text } });
    (kit.broken ? [...all] : [ws]).forEach(one => one.send(said));
  });
});
kit.serve(server);

// Rooms with lists; whoever is on the list of a room joins it. Broken: a list is not asked for. A stranger is
// told why, and then let go.
const kit = require('../kit');
const { server } = kit.site(), lists = { red: ['alice', 'bob'], blue: ['carol'] }, rooms = new Map();
const send = (ws, frame) => ws.send(JSON.stringify(frame));
const all = kit.raw(server, ws => {
  if (ws.user === 'nobody') return send(ws, { type: 'error', why: 'log in first' }), ws.close(4401, 'log in first');
  rooms.set(ws, new Set());
  send(ws, { type: 'welcome' });
  ws.on('message', raw => {
    const { type, room, text, n } = JSON.parse(raw), is = lists[room]?.includes(ws.user) || kit.broken;
    if (!is || (type === 'say' && !rooms.get(ws).has(room))) return send(ws, { type: 'no', n });
    if (type === 'join') rooms.get(ws).add(room);
    if (type === 'say') for (const other of all) if (rooms.get(other)?.has(room)) send(other, { type: 'said', text });
    send(ws, { type: 'yes', n });
  });
}, q => kit.userOf(q) ?? 'nobody');
kit.serve(server);

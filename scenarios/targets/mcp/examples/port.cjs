// The SDK's examples listen on a fixed port of all addresses. This lets them listen on a free one of 127.0.0.1, and say
// which; nothing else of them changes: `node --require ./port.cjs EXAMPLE`.
const net = require('net'), { listen } = net.Server.prototype;
net.Server.prototype.listen = function (_port, ...rest) {
  this.once('listening', () => console.log(`listening on http://127.0.0.1:${this.address().port}`));
  const done = rest.find(one => typeof one === 'function');
  return listen.call(this, { port: Number(process.env.PORT ?? 0), host: '127.0.0.1' }, done);
};
if (require('fs').fstatSync(0).isFIFO()) process.stdin.resume().on('end', () => process.exit(0));

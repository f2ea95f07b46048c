// A Model Context Protocol server with a store of what its streams have sent, so that whoever was cut off gets the rest.
// Broken: one store for all sessions, in which every session's stream has the same name.
const kit = require('../kit'), http = require('http'), { randomUUID } = require('crypto'), { z } = require('zod');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');

class Store {
  all = [];
  async storeEvent(stream, message) {
    return this.all.push({ stream, message }) && `${stream}_${this.all.length}`;
  }
  async replayEventsAfter(last, { send }) {
    const number = Number(last.split('_').pop()), { stream } = this.all[number - 1] ?? {};
    for (const [i, one] of this.all.entries())
      if (i >= number && one.stream === stream) await send(`${stream}_${i + 1}`, one.message);
    return stream;
  }
}

const ofAll = new Store(), sessions = new Map();
const session = async () => {
  const mcp = new McpServer({ name: 'notes', version: '1' }, { capabilities: { logging: {} } });
  mcp.registerTool('note', { inputSchema: { text: z.string() } }, async ({ text }) => {
    await mcp.server.notification({ method: 'notifications/message', params: { level: 'info', data: text } });
    return { content: [{ type: 'text', text: 'ok' }] };
  });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID, eventStore: kit.broken ? ofAll : new Store(),
    onsessioninitialized: id => sessions.set(id, transport),
  });
  await mcp.connect(transport);
  return transport;
};
kit.serve(http.createServer(async (q, r) => {
  const transport = sessions.get(q.headers['mcp-session-id']) ?? await session();
  transport.handleRequest(q, r);
}));

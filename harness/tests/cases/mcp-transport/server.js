// A Model Context Protocol server without sessions, with a transport for each request. Broken: one transport for all, in
// the SDK of before CVE-2026-25536: of two requests with one id the second gets both answers.
const kit = require('../kit'), http = require('http'), { z } = require('zod');
const sdk = kit.broken ? 'mcp-sdk-1.25.3' : '@modelcontextprotocol/sdk';
const { McpServer } = require(`${sdk}/server/mcp.js`);
const { StreamableHTTPServerTransport } = require(`${sdk}/server/streamableHttp.js`);

const fresh = async () => {
  const mcp = new McpServer({ name: 'echo', version: '1' });
  mcp.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text }) => {
    await kit.later(300);
    return { content: [{ type: 'text', text }] };
  });
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  await mcp.connect(transport);
  return transport;
};
const ofAll = kit.broken && fresh();
kit.serve(http.createServer(async (q, r) => (await (ofAll || fresh())).handleRequest(q, r)));

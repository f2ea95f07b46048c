// What a page does after it has loaded: it opens the socket and says that it is there. It needs Socket.IO's own client.
const socket = io();
socket.on('connect', () => socket.emit('user_connected', { user: document.body.dataset.user }));
socket.on('popup', said => console.info(Object.values(said)[0]));

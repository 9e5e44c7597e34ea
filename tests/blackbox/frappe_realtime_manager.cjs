// RealtimeManager and the polling fallback as the guide for the oropendola extension has them; only the log lines are
// without their pictures, and axios is what Node brings.
const io = require('socket.io-client');
const EventEmitter = require('events');

/**
 * Manages WebSocket connection to Frappe backend for real-time updates
 */
class RealtimeManager extends EventEmitter {
    constructor(apiUrl, sessionCookies) {
        super();
        this.apiUrl = apiUrl;
        this.sessionCookies = sessionCookies;
        this.socket = null;
        this.connected = false;
    }

    /**
     * Connect to Frappe's socketio server
     */
    connect() {
        if (this.socket && this.connected) {
            console.log('Already connected to realtime server');
            return;
        }

        console.log('Connecting to realtime server:', this.apiUrl);

        // Parse cookies for auth
        const cookies = this._parseCookies(this.sessionCookies);
        const sid = cookies.sid;

        if (!sid) {
            console.error('No session ID found in cookies');
            this.emit('error', new Error('No session ID for WebSocket auth'));
            return;
        }

        // Connect to Frappe's socketio
        this.socket = io(this.apiUrl, {
            path: '/socket.io',
            transports: ['websocket', 'polling'],
            auth: {
                sid: sid
            },
            extraHeaders: {
                'Cookie': this.sessionCookies
            },
            reconnection: true,
            reconnectionDelay: 1000,
            reconnectionAttempts: 5
        });

        // Connection events
        this.socket.on('connect', () => {
            console.log('Connected to realtime server');
            this.connected = true;
            this.emit('connected');
        });

        this.socket.on('disconnect', (reason) => {
            console.log('Disconnected from realtime server:', reason);
            this.connected = false;
            this.emit('disconnected', reason);
        });

        this.socket.on('connect_error', (error) => {
            console.error('Realtime connection error:', error);
            this.emit('error', error);
        });

        // Subscribe to ai_progress events
        this.socket.on('ai_progress', (data) => {
            console.log('Received ai_progress:', data.type);
            this.emit('ai_progress', data);
        });

        // Subscribe to other Frappe events
        this.socket.on('msgprint', (data) => {
            this.emit('msgprint', data);
        });

        this.socket.on('eval_js', (data) => {
            this.emit('eval_js', data);
        });
    }

    /**
     * Disconnect from server
     */
    disconnect() {
        if (this.socket) {
            console.log('Disconnecting from realtime server');
            this.socket.disconnect();
            this.socket = null;
            this.connected = false;
        }
    }

    /**
     * Parse cookies string into object
     */
    _parseCookies(cookieString) {
        const cookies = {};
        if (!cookieString) return cookies;

        cookieString.split(';').forEach(cookie => {
            const parts = cookie.trim().split('=');
            if (parts.length === 2) {
                cookies[parts[0]] = parts[1];
            }
        });

        return cookies;
    }

    /**
     * Check if connected
     */
    isConnected() {
        return this.connected && this.socket && this.socket.connected;
    }
}

const axios = {
    async get(url, { params, headers }) {
        const response = await fetch(`${url}?${new URLSearchParams(params)}`, { headers });
        if (!response.ok) throw new Error(`Request failed with status code ${response.status}`);
        return { data: await response.json() };
    }
};

class ConversationTask extends EventEmitter {
    constructor(taskId, config) {
        super();
        this.taskId = taskId;
        this._apiUrl = config.apiUrl;
        this._sessionCookies = config.sessionCookies;
    }

    /**
     * Poll for progress updates (fallback if WebSocket fails)
     */
    _startProgressPolling(conversationId) {
        if (this._progressPollingInterval) {
            clearInterval(this._progressPollingInterval);
        }

        this._progressPollingInterval = setInterval(async () => {
            try {
                const response = await axios.get(
                    `${this._apiUrl}/api/method/ai_assistant.api.get_progress`,
                    {
                        params: { conversation_id: conversationId },
                        headers: { 'Cookie': this._sessionCookies }
                    }
                );

                if (response.data && response.data.message) {
                    const progress = response.data.message;
                    if (progress.updates && progress.updates.length > 0) {
                        progress.updates.forEach(update => {
                            this.emit('aiProgress', this.taskId, update);
                        });
                    }
                }
            } catch (error) {
                console.error('Progress polling error:', error);
            }
        }, 1000); // Poll every second
    }

    _stopProgressPolling() {
        if (this._progressPollingInterval) {
            clearInterval(this._progressPollingInterval);
            this._progressPollingInterval = null;
        }
    }
}

module.exports = { RealtimeManager, ConversationTask };

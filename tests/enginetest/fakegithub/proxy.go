package fakegithub

import (
	"io"
	"net"
	"net/http"
	"slices"
)

// proxy leads connections to some hosts to one address, and refuses all others.
type proxy struct {
	to    string
	hosts []string
	// refused is called with the name of a host that is none of them.
	refused func(host string)
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil {
		http.Error(w, "this proxy only connects", http.StatusMethodNotAllowed)
		return
	}
	if !slices.Contains(p.hosts, host) {
		p.refused(host)
		http.Error(w, "this proxy does not lead to "+host, http.StatusForbidden)
		return
	}
	server, err := new(net.Dialer).DialContext(r.Context(), "tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer client.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client) // ends with either connection
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

package accesscheck

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A proxy would see what is not encrypted. TestMain names one for http.
func TestAnAddressOfThisMachineIsAskedWithoutAProxy(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://localhost/", "http://LOCALHOST/", "http://127.0.0.1:8080/"} {
		asked, err := ParseAddress(address)
		if err != nil {
			t.Fatal(err)
		}
		if proxy, err := proxyOf(&http.Request{URL: asked}); proxy != nil || err != nil {
			t.Errorf("%s is asked through %v, %v", address, proxy, err)
		}
	}
}

func TestAProxyThatDoesNotConnectIsNamed(t *testing.T) {
	t.Parallel()
	err := connected(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusProxyAuthRequired, Status: "407 fake"})
	if said := transportError(fmt.Errorf("Get: %w", err)).Error(); !strings.HasPrefix(said, "the proxy answered 407 and did not connect") {
		t.Error(said)
	}
	if err := connected(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusOK}); err != nil {
		t.Error(err)
	}
}

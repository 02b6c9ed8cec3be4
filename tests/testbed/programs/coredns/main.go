// Stands in for CoreDNS, which Debian does not have: answers its health,
// readiness and metrics ports, and every question with NXDOMAIN, so that
// look-ups in pods fail at once instead of hanging.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
)

const (
	headerLength = 12   // a DNS message's fixed part
	response     = 0x80 // QR bit, third byte
	noSuchName   = 0x83 // recursion available, RCODE 3, fourth byte
)

func main() {
	for address, path := range map[string]string{":8080": "/health", ":8181": "/ready", ":9153": "/metrics"} {
		go serveOK(address, path)
	}
	log.Fatal(answerNames(":53"))
}

func serveOK(address, path string) {
	mux := http.NewServeMux()
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") })
	log.Fatal(http.ListenAndServe(address, mux))
}

func answerNames(address string) error {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	message := make([]byte, 1500)
	for {
		length, from, err := socket.ReadFrom(message)
		if err != nil || length < headerLength {
			continue
		}
		message[2] |= response
		message[3] = noSuchName
		if _, err := socket.WriteTo(message[:length], from); err != nil {
			log.Print(err)
		}
	}
}

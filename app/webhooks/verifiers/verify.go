// Receives webhooks of Mio: takes what is signed with the secret, and refuses everything else.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// One secret, or during a rotation the old and the new one with a space between them.
var secrets = strings.Fields(os.Getenv("MIO_WEBHOOK_SECRET"))

// Whether Mio has signed this body, not more than five minutes ago. The body must be the bytes as they came.
func verified(header http.Header, body []byte) bool {
	timestamp, signature := header.Get("X-Mio-Timestamp"), header.Get("X-Mio-Signature")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(timestamp + "."))
		mac.Write(body)
		if hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
			return true
		}
	}
	return false
}

func receive(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil || !verified(request.Header, body) {
		answer.WriteHeader(http.StatusUnauthorized)
		return
	}
	answer.WriteHeader(http.StatusNoContent)
	// Answer first, work afterwards. X-Mio-Delivery stays the same when a delivery is sent again.
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, http.HandlerFunc(receive)))
}

// SPDX-License-Identifier: Apache-2.0

// iks-official: IBM's two clients for Go do what they are told by JSON on standard input,
// {"client": "sdk" or "bluemix", "url", "iam", "apikey", "op", "args": {…}}, and print
// {"ok": true, "result"} or {"ok": false, "text", "status"}.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/IBM-Cloud/bluemix-go/bmxerror"
	"github.com/IBM/go-sdk-core/v5/core"
)

type order struct {
	Client string          `json:"client"`
	URL    string          `json:"url"`
	IAM    string          `json:"iam"`
	APIKey string          `json:"apikey"`
	Token  string          `json:"token"` // for the SDK, instead of an API key
	Op     string          `json:"op"`
	Args   json.RawMessage `json:"args"`
}

// into reads the arguments of an operation; unknown ones are a fault of the test.
func (o *order) into(args any) {
	decoder := json.NewDecoder(bytesReader(o.Args))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(args); err != nil {
		panic(err)
	}
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	var asked order
	if err == nil {
		err = json.Unmarshal(text, &asked)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var result any
	status := 0
	if asked.Client == "sdk" {
		var response *core.DetailedResponse
		result, response, err = bySDK(&asked)
		if response != nil {
			status = response.StatusCode
			if err != nil { // its own text has only the name of the status
				err = fmt.Errorf("%w: %v%s", err, response.Result, response.RawResult)
			}
		}
	} else {
		result, err = byBluemix(&asked)
		if failure, is := err.(bmxerror.RequestFailure); is {
			status = failure.StatusCode()
		}
	}
	reply := map[string]any{"ok": err == nil, "status": status, "result": result}
	if err != nil {
		reply["text"] = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(reply); err != nil {
		panic(err)
	}
}

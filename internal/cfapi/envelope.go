package cfapi

import "encoding/json"

// envelope is what Cloudflare wraps around every answer.
type envelope struct {
	Success lenient[bool]         `json:"success"`
	Errors  lenient[[]wireError]  `json:"errors"`
	Result  json.RawMessage       `json:"result"`
	Info    lenient[wirePageInfo] `json:"result_info"`
}

type wireError struct {
	Code    lenient[int]         `json:"code"`
	Message lenient[string]      `json:"message"`
	Chain   lenient[[]wireError] `json:"error_chain"`
}

type wirePageInfo struct {
	TotalPages lenient[int] `json:"total_pages"`
	TotalCount lenient[int] `json:"total_count"`
}

// answer is an envelope of success, with what an error quotes of it.
type answer struct {
	*envelope
	status int
	rayID  string
}

// parseEnvelope returns nil for anything that Cloudflare's API would not write: an
// HTML page, an empty body, JSON of another form.
func parseEnvelope(body []byte) *envelope {
	var e envelope
	if json.Unmarshal(body, &e) != nil || e.Success.value == nil {
		return nil
	}
	if !*e.Success.value && e.Errors.value == nil {
		return nil
	}
	return &e
}

func (e *envelope) succeeded() bool { return e != nil && *e.Success.value }

// codes lists the first errors and their causes, in Cloudflare's order.
func (e *envelope) codes(clean func(string) string) []ErrorCode {
	if e == nil {
		return nil
	}
	const enough = 5
	var codes []ErrorCode
	var collect func([]wireError)
	collect = func(errs []wireError) {
		for _, w := range errs {
			if len(codes) == enough {
				return
			}
			codes = append(codes, ErrorCode{Code: w.Code.orZero(), Message: clean(w.Message.orZero())})
			collect(w.Chain.orZero())
		}
	}
	collect(e.Errors.orZero())
	return codes
}

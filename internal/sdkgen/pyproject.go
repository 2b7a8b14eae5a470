package main

import (
	"bytes"
	"fmt"
)

// completePyproject says the licence as an SPDX expression. The table that the
// generator writes for it is deprecated, and setuptools announces that it will
// refuse it.
func completePyproject(generated []byte, license string) ([]byte, error) {
	text, err := replaceOnce(generated, fmt.Sprintf("  [project.license]\n    text = %q\n", license), "")
	if err != nil {
		return nil, err
	}
	text, err = replaceOnce(text, "  readme = ", fmt.Sprintf("  license = %q\n  readme = ", license))
	if err != nil {
		return nil, err
	}
	// The first version that knows the expression.
	return replaceOnce(text, `"setuptools>=61.0"`, `"setuptools>=77.0"`)
}

// replaceOnce fails if the text is not there, so that a generator that changed
// is noticed.
func replaceOnce(text []byte, from, to string) ([]byte, error) {
	if n := bytes.Count(text, []byte(from)); n != 1 {
		return nil, fmt.Errorf("completing pyproject.toml: %q is there %d times, not once", from, n)
	}
	return bytes.Replace(text, []byte(from), []byte(to), 1), nil
}

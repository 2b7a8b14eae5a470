package servicetoken

import "strings"

// DidYouMean ends a message about a name that nothing has: with the name that was
// most likely meant, if one comes near.
func DidYouMean(name string, known []string) string {
	if near := Near(name, known); near != "" {
		return ": did you mean " + near + "?"
	}
	return ": check its spelling"
}

// Near finds the name that differs from another in at most two letters, or in upper
// and lower case alone. One that continues the other by more than a letter is another
// word.
func Near(name string, known []string) string {
	best, least := "", 3
	for _, candidate := range known {
		longer := len(name) - len(candidate)
		if (strings.HasPrefix(name, candidate) || strings.HasPrefix(candidate, name)) && max(longer, -longer) > 1 {
			continue // another word, such as account
		}
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least && d < len(candidate)/2 {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace, and the neighbours to
// swap, that make one word of the other.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// Clip bounds what an error repeats of its reader's input.
func Clip(s string) string {
	const limit = 200
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}

{{/* A volume claim: its size, and a storage class where one is named. */}}
{{- define "pricing.claim" -}}
{{- $spec := dict "accessModes" (list "ReadWriteOnce") "resources" (dict "requests" (dict "storage" .size)) -}}
{{- if .class }}{{ $spec = set $spec "storageClassName" .class }}{{ end -}}
{{ toJson $spec }}
{{- end }}

{{/* What a service is told: its settings, over those that other values say. */}}
{{- define "pricing.settings" -}}
{{- range $name, $value := merge (dict) .settings .said }}
{{ $name }}: {{ include "pricing.told" $value | quote }}
{{- end }}
{{- end }}

{{/* A value as a variable of the environment holds it. Helm takes every number for a float, whose text from a million on is 1e+06. */}}
{{- define "pricing.told" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end }}

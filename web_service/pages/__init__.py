"""What all pages have in common: templates, style, scripts, navigation, headers, and problems as pages."""

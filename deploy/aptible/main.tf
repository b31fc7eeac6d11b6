# The portal at Aptible: a database, an app with web and worker, an endpoint. docs/deploy-aptible.md says what comes next.
terraform {
  required_providers {
    aptible = {
      source = "aptible/aptible"
    }
  }
}

variable "environment" {
  description = "The handle of the Aptible environment."
  type        = string
}

variable "image" {
  description = "The image, such as registry.example.com/usher:0.1.0."
  type        = string
}

variable "host" {
  description = "The host name that people use, such as usher.example.com."
  type        = string
}

variable "secret_key" {
  type      = string
  sensitive = true
}

variable "encryption_keys" {
  type      = string
  sensitive = true
}

data "aptible_environment" "usher" {
  handle = var.environment
}

resource "aptible_database" "usher" {
  env_id         = data.aptible_environment.usher.env_id
  handle         = "usher"
  database_type  = "postgresql"
  version        = "15"
  container_size = 1024
  disk_size      = 10
}

resource "aptible_app" "usher" {
  env_id = data.aptible_environment.usher.env_id
  handle = "usher"

  config = {
    APTIBLE_DOCKER_IMAGE = var.image
    DATABASE_URL         = "${aptible_database.usher.default_connection_url}?sslmode=require"
    BASE_URL             = "https://${var.host}"
    ALLOWED_HOSTS        = var.host
    SECRET_KEY           = var.secret_key
    ENCRYPTION_KEYS      = var.encryption_keys
    TRUSTED_PROXIES      = "1"
    FORCE_SSL            = "true"
    STRICT_HEALTH_CHECKS = "true"
  }

  service {
    process_type           = "web"
    container_count        = 2
    container_memory_limit = 512
  }

  service {
    process_type           = "worker"
    container_count        = 2
    container_memory_limit = 1024
  }
}

resource "aptible_endpoint" "usher" {
  env_id         = data.aptible_environment.usher.env_id
  resource_id    = aptible_app.usher.app_id
  resource_type  = "app"
  process_type   = "web"
  container_port = 8000
  domain         = var.host
  managed        = true
}

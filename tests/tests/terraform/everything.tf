# What is in common use: a key with its policy, an alias, a grant, a role with policies, and a key of another account.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
provider "aws" {}
provider "aws" {
  alias      = "second"
  access_key = var.second_access_key
  secret_key = var.second_secret_key
}
variable "second_access_key" { type = string }
variable "second_secret_key" { type = string }
data "aws_caller_identity" "me" {}
data "aws_caller_identity" "other" { provider = aws.second }

resource "aws_iam_user" "app" {
  name = "app"
  tags = { team = "blue" }
}
resource "aws_iam_access_key" "app" { user = aws_iam_user.app.name }

resource "aws_iam_role" "writer" {
  name = "writer"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
    }]
  })
}
resource "aws_kms_key" "main" {
  description             = "made by Terraform"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  tags                    = { team = "blue" }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "owner"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "other"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.other.account_id}:root" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      },
    ]
  })
}
resource "aws_kms_alias" "main" {
  name          = "alias/terraform"
  target_key_id = aws_kms_key.main.key_id
}
resource "aws_kms_alias" "more" {
  count         = 3
  name          = "alias/terraform-${count.index}"
  target_key_id = aws_kms_key.main.key_id
}
data "aws_kms_key" "main" { key_id = aws_kms_key.main.key_id }
data "aws_kms_alias" "main" { name = aws_kms_alias.main.name }
resource "aws_iam_role_policy" "writer" {
  name = "use-the-key"
  role = aws_iam_role.writer.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:Encrypt", "kms:GenerateDataKey*"], Resource = aws_kms_key.main.arn }]
  })
}
resource "aws_iam_policy" "reader" {
  name = "reader"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.main.arn }]
  })
}
resource "aws_iam_role_policy_attachment" "writer" {
  role       = aws_iam_role.writer.name
  policy_arn = aws_iam_policy.reader.arn
}
resource "aws_iam_user_policy_attachment" "app" {
  user       = aws_iam_user.app.name
  policy_arn = aws_iam_policy.reader.arn
}
resource "aws_kms_grant" "app" {
  name              = "app"
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_user.app.arn
  operations        = ["Encrypt", "Decrypt", "DescribeKey"]
  constraints { encryption_context_equals = { purpose = "test" } }
}
resource "aws_iam_role" "other" {
  provider           = aws.second
  name               = "other"
  assume_role_policy = aws_iam_role.writer.assume_role_policy
}
resource "aws_kms_ciphertext" "across" {
  provider  = aws.second
  key_id    = aws_kms_key.main.arn
  plaintext = "across accounts"
}
